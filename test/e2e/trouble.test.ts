import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { quick, simEstate } from "../support/sim-estate.ts";

describe("what goes wrong is said so that it helps", () => {
  it("names wrong types, unknown keys and duplicates with file, line and the nearest key, and exits 2", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    writeFileSync(
      path.join(lab.estate, "more.yaml"),
      "kind: Machine\nname: m\nbmc: { adress: 192.0.2.1, credentials: sim }\n---\nkind: Machine\nname: n\nwake: { tries: many }\n",
    );
    const { code, stderr, stdout } = await lab.run(["check"]);
    expect(code).toBe(2);
    expect(stderr + stdout).toMatch(/more\.yaml:3:\d+.*adress/s);
    expect(stderr + stdout).toMatch(/did you mean 'address'/);
    expect(stderr + stdout).toMatch(/more\.yaml:7:\d+/);
    expect(stderr + stdout).not.toMatch(/\n\s+at /);
  });

  it("does nothing when a secret is missing, and names it", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const { code, result } = await lab.json(["wake", "m"], { env: { SIM_BMC_PASSWORD: undefined } });
    expect(code).toBe(2);
    expect(result).toMatchObject({ ok: false, error: { code: "secret.missing" } });
    expect(JSON.stringify(result)).toContain("SIM_BMC_PASSWORD");
    expect(lab.machine("m").bmc.traffic.in).toBe(0);
  });

  it("refuses a password of 21 bytes before it sends anything", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const { code, result } = await lab.json(["power", "m", "on"], { env: { SIM_BMC_PASSWORD: "x".repeat(21) } });
    expect(code).toBe(2);
    expect(JSON.stringify(result)).toMatch(/21/);
    expect(JSON.stringify(result)).toMatch(/20/);
    const job = await lab.run(["run", "m", "--", "true"], { env: { SIM_BMC_PASSWORD: "x".repeat(21) } });
    expect(job.code).toBe(2);
    expect(lab.machine("m").bmc.traffic.in).toBe(0);
  });

  it("tells a wrong password, and does not try it twice", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const { code, result } = await lab.json(["wake", "m"], { env: { SIM_BMC_PASSWORD: "wrong" } });
    expect(code).toBe(1);
    expect(result).toMatchObject({ error: { code: "bmc.auth.password" } });
    expect(lab.machine("m").server.powerCounts.on).toBe(0);
  });

  it("says that a BMC answers garbage, is silent, or has no free session: three different errors", async () => {
    await using lab = await simEstate([
      { name: "g", server: quick },
      { name: "s", server: quick },
      { name: "f", server: quick, bmc: { sessionSlots: 0 } },
    ]);
    lab.machine("g").bmc.faults.garbage = "noise";
    lab.machine("s").bmc.network.silence = true;
    const [garbage, silent, full] = await Promise.all(
      ["g", "s", "f"].map((name) => lab.json(["power", name, "status"])),
    );
    expect(garbage?.lines[0]).toMatchObject({ error: { code: "bmc.garbage" } });
    expect(silent?.lines[0]).toMatchObject({ error: { code: "bmc.silent" } });
    expect(full?.lines[0]).toMatchObject({ error: { code: "bmc.sessions-full" } });
    expect(garbage?.code).not.toBe(0);
    expect(silent?.code).toBe(3);
  });

  it("exits 3 and resets nothing when the probe's name cannot be looked up", async () => {
    await using lab = await simEstate([
      { name: "m", server: quick, ready: '{ tcp: "nas.invalid:22", within: 3s, every: 300ms }' },
    ]);
    const { code, result } = await lab.json(["wake", "m"]);
    expect(code).toBe(3);
    expect(result).toMatchObject({ error: { code: "wake.look-not-made" } });
    expect(lab.machine("m").server.powerCounts).toMatchObject({ on: 1, reset: 0, cycle: 0 });
  });

  it("says that its state folder cannot be written, and starts nothing", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const blocked = path.join(lab.dir, "file");
    writeFileSync(blocked, "");
    const { code, result } = await lab.json(["wake", "m"], { state: path.join(blocked, "state") });
    expect(code).toBe(2);
    expect(result).toMatchObject({ error: { code: "state.not-writable" } });
    expect(lab.machine("m").server.powerCounts.on).toBe(0);
  });

  it("suggests the nearest machine for a mistyped one", async () => {
    await using lab = await simEstate([{ name: "backup01", server: quick }]);
    const { code, stderr } = await lab.run(["wake", "bakcup01"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/did you mean 'backup01'/);
  });
});
