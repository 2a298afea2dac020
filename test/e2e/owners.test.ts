import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seconds } from "#base/units.ts";
import { swapAddresses } from "#simulator/machine.ts";
import { describe, expect, it } from "vitest";
import { quick, simEstate } from "../support/sim-estate.ts";

/** Long enough for a second terminal to come and go on a busy host. */
const slow = { ...quick, post: seconds(12) };

describe("one machine, one owner", () => {
  it("refuses another verb from a second process, and of another user with a state of their own, naming run, person and step; reading goes on", async () => {
    await using lab = await simEstate([{ name: "m", server: { ...quick, post: seconds(20) } }], { within: "60s" });
    const waking = lab.start(["wake", "m"]);
    await waking.shows(/Wait until it is ready/);

    const second = await lab.json(["power", "m", "off"]);
    expect(second.code).toBe(4);
    expect(JSON.stringify(second.result)).toMatch(/machine\.held/);
    expect(JSON.stringify(second.result)).toMatch(/wake/);

    const elsewhere = mkdtempSync(path.join(tmpdir(), "rackhand-other-"));
    const asRoot = process.getuid?.() === 0;
    if (asRoot) chmodSync(elsewhere, 0o777);
    chmodSync(lab.dir, 0o755);
    const other = await lab.json(["power", "m", "off"], {
      state: path.join(elsewhere, "state"),
      ...(asRoot
        ? { under: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"], env: { HOME: elsewhere } }
        : {}),
    });
    expect(other.code).toBe(4);
    expect(JSON.stringify(other.result)).toMatch(/machine\.held/);
    expect(JSON.stringify(other.result)).toMatch(/Wait until it is ready/);

    const status = await lab.json(["power", "m", "status"]);
    expect(status.code).toBe(0);
    expect(status.lines[0]).toMatchObject({ type: "row", machine: "m", power: "on" });
    expect((await waking.ended).code).toBe(0);
    expect(lab.machine("m").server.powerCounts.off).toBe(0);
  });

  it("lets a second wake join the first; Ctrl-C in the first does not end the second's wish, and the second goes on", async () => {
    await using lab = await simEstate([{ name: "m", server: slow }], { within: "60s" });
    const first = lab.start(["wake", "m"]);
    await first.shows(/Wait until it is ready/);
    const second = lab.start(["wake", "m", "--json"]);
    await second.shows(/"type":"event"/);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    first.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
    const { code, stdout } = await second.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/"ok":true/);
    expect(lab.machine("m").server.powerCounts).toMatchObject({ on: 1, off: 0, soft: 0 });
  });

  it("lets the second leave without touching the first; the last one who leaves cancels", async () => {
    await using lab = await simEstate([{ name: "m", server: slow }], { within: "60s" });
    const first = lab.start(["wake", "m"]);
    await first.shows(/Wait until it is ready/);
    const second = lab.start(["wake", "m", "--json"]);
    await second.shows(/"type":"event"/);
    second.kill("SIGINT");
    expect((await second.ended).code).toBe(130);
    first.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
    const runs = await lab.json(["runs", "list"]);
    expect(runs.lines.find((line) => line["type"] === "row")).toMatchObject({ state: "cancelled" });
  });

  it("serves two commands from one embedded database, also when the one that started it ends first", async () => {
    await using lab = await simEstate([
      { name: "a", server: quick },
      { name: "b", server: { ...quick, post: seconds(4) } },
    ]);
    const first = lab.start(["wake", "a"]);
    await first.shows(/Power on|ready/i);
    const second = lab.start(["wake", "b"]);
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
  });

  it("names an unfinished run at the next start and leaves its machine alone; the same verb takes it up again", async () => {
    await using lab = await simEstate([
      { name: "a", server: quick },
      { name: "b", server: quick },
    ]);
    const doomed = lab.start(["run", "a", "--", "sleep", "5"]);
    await doomed.shows(/Job: sleep 5/);
    doomed.kill("SIGKILL");
    await doomed.ended;
    const a = lab.machine("a");
    const before = { ...a.bmc.counts, power: { ...a.server.powerCounts } };

    const other = await lab.run(["wake", "b"]);
    expect(other.code).toBe(0);
    expect(other.stderr + other.stdout).toMatch(/unfinished/);
    expect(other.stderr + other.stdout).toMatch(/\ba\b/);
    expect({ ...a.server.powerCounts }).toEqual(before.power);
    expect(a.server.power).toBe("on");

    const again = await lab.json(["run", "a", "--", "sleep", "5"]);
    expect(again.result).toMatchObject({ ok: true });
    expect(a.server.powerCounts).toMatchObject({ on: 1, soft: 1 });
    expect(a.server.power).toBe("off");
    expect(a.bmc.openSessions).toHaveLength(0);
  });

  it("refuses two BMCs that swapped their addresses between probe and wake, before any power packet", async () => {
    await using lab = await simEstate([
      { name: "one", server: quick },
      { name: "two", server: quick },
    ]);
    expect((await lab.run(["probe", "one"])).code).toBe(0);
    expect((await lab.run(["probe", "two"])).code).toBe(0);
    await swapAddresses(lab.machine("one").bmc, lab.machine("two").bmc);
    const { code, result } = await lab.json(["wake", "one"]);
    expect(code).toBe(4);
    expect(result).toMatchObject({ error: { code: "bmc.stranger" } });
    expect(lab.machine("one").server.powerCounts.on + lab.machine("two").server.powerCounts.on).toBe(0);
    const accepted = await lab.run(["probe", "one", "--accept"]);
    expect(accepted.code).toBe(0);
    expect((await lab.run(["power", "one", "status"])).code).toBe(0);
  });
});
