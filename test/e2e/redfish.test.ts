import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canary, quick, simEstate, type SimEstate } from "../support/sim-estate.ts";

const uuid = (n: number) => `38947555-7742-3448-3784-82334782383${n}`;

describe("a controller that speaks Redfish alone", () => {
  let lab: SimEstate;
  beforeAll(async () => {
    lab = await simEstate([
      {
        name: "reluctant",
        server: { ...quick, flaky: { failFirst: 2 } },
        protocol: "redfish",
        redfish: {},
        yaml: "stop: { within: 20s }\n",
      },
      { name: "plain", server: quick, protocol: "redfish", redfish: { vendor: "dell-idrac8" } },
      { name: "swapped", server: quick, protocol: "redfish", redfish: { identity: { uuid: uuid(1) } } },
      { name: "keys", server: quick, protocol: "redfish", redfish: {} },
    ]);
    for (const name of ["reluctant", "plain", "swapped", "keys"]) await lab.machine(name).bmc.unplug();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const sessions = (name: string) => lab.machine(name).redfish?.openSessions;

  it("wakes a server that fails its first two boots", async () => {
    const woken = await lab.json(["wake", "reluctant"]);
    expect(woken.result, woken.stderr).toMatchObject({ ok: true, workflow: "wake" });
    expect(woken.result["tries"]).toMatchObject([
      { n: 1, action: "on", endedBy: "timeout" },
      { n: 2, action: "reset", endedBy: "timeout" },
      { n: 3, action: "reset", endedBy: "ready" },
    ]);
    expect(lab.machine("reluctant").server.powerCounts).toMatchObject({ on: 1, reset: 2, off: 0, cycle: 0 });
    expect(sessions("reluctant")).toEqual([]);
  });

  it("shuts it down and proves it", async () => {
    const stopped = await lab.json(["stop", "reluctant"]);
    expect(stopped.result, stopped.stderr).toMatchObject({ ok: true, workflow: "stop", how: "soft" });
    expect(lab.machine("reluctant").server.power).toBe("off");
  });

  it("runs a job and puts the power back, also where a shutdown is a push of the button", async () => {
    const { result, code, stderr } = await lab.json(["run", "plain", "--", "sh", "-c", "exit 7"]);
    expect(code, `${stderr} ${JSON.stringify(result)}`).toBe(7);
    expect(result).toMatchObject({ ok: true, workflow: "run", exitCode: 7 });
    expect(lab.machine("plain").server.power).toBe("off");
    expect(sessions("plain")).toEqual([]);
  });

  it("tells the power state, and boots from where it is told", async () => {
    expect((await lab.json(["power", "plain", "status"])).lines[0]).toMatchObject({ machine: "plain", power: "off" });
    const set = await lab.json(["boot", "plain", "pxe"]);
    expect(set.result, set.stderr).toMatchObject({ ok: true, device: "pxe", persistence: "once" });
    expect(lab.machine("plain").server.override.get()?.source).toBe("pxe");
  });

  it("is asked for inventory, sensors and events", async () => {
    for (const verb of ["inventory", "sensors", "events"]) {
      const { code, lines, stderr } = await lab.json([verb, "reluctant"]);
      expect(`${verb} ${code} ${stderr}`).toBe(`${verb} 0 `);
      expect(lines.length).toBeGreaterThan(0);
      expect((await lab.run([verb, "reluctant"])).code).toBe(0);
    }
  });

  it("is refused when another server answers there, until it is accepted", async () => {
    expect((await lab.run(["power", "swapped", "status"])).code).toBe(0);
    const { redfish } = lab.machine("swapped");
    if (redfish) redfish.identity.uuid = uuid(2);
    const refused = await lab.json(["power", "swapped", "status"]);
    expect(refused.code).toBe(4);
    expect(JSON.stringify(refused.lines)).toContain("bmc.stranger");
    expect((await lab.run(["probe", "swapped", "--accept"])).code).toBe(0);
    expect((await lab.run(["power", "swapped", "status"])).code).toBe(0);
  });

  it("is refused when it shows another certificate, until that is accepted", async () => {
    lab.machine("swapped").redfish?.renewCertificate();
    const refused = await lab.json(["power", "swapped", "status"]);
    expect([refused.code, JSON.stringify(refused.lines)]).toEqual([4, expect.stringContaining("redfish.tls-pin")]);
    expect((await lab.run(["probe", "swapped", "--accept"])).code).toBe(0);
    expect((await lab.run(["power", "swapped", "status"])).code).toBe(0);
  });

  it("gets a new password, which is proven, and stands in no output and no record", async () => {
    const next = "n3w-Passw0rd-zz";
    const env = { NEXT: next };
    const changed = await lab.json(["bmc", "password", "keys", "--from", "env:NEXT"], { env });
    expect(changed.result, changed.stderr).toMatchObject({ ok: true, workflow: "bmc-password", account: "admin" });
    expect(changed.stdout + changed.stderr).not.toContain(next);
    expect((await lab.run(["power", "keys", "status"])).code).toBe(1);
    const renewed = await lab.json(["power", "keys", "status"], { env: { SIM_BMC_PASSWORD: next } });
    expect(renewed.code).toBe(0);
    expect(canary).not.toBe(next);
  });

  it("is restarted, and waited for", async () => {
    const { code, result, stderr } = await lab.json(["bmc", "reset", "plain"]);
    expect(code, stderr).toBe(0);
    expect(result).toMatchObject({ workflow: "bmc-reset", seconds: expect.any(Number) });
    expect((await lab.run(["power", "plain", "status"])).code).toBe(0);
  });
});

describe("a controller that speaks both, with IPMI switched off", () => {
  let lab: SimEstate;
  beforeAll(async () => {
    lab = await simEstate([
      { name: "both", server: quick, redfish: {} },
      { name: "on", server: quick, redfish: {} },
    ]);
    await lab.machine("both").bmc.unplug();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it("is found by itself, without a probe", async () => {
    const status = await lab.json(["power", "both", "status"]);
    expect([status.code, status.lines[0]]).toMatchObject([0, { power: "off" }]);
  });

  it("says so when it is probed, and IPMI can be switched on from there", async () => {
    const probed = await lab.json(["probe", "both"]);
    expect(probed.lines[0], probed.stderr).toMatchObject({
      protocols: [
        { protocol: "ipmi", state: "off" },
        { protocol: "redfish", state: "works" },
      ],
      ipmiCanBeSwitchedOn: true,
    });
    const opened = await lab.json(["probe", "both", "--enable-ipmi"]);
    expect(opened.lines[0], opened.stderr).toMatchObject({
      protocols: [
        { protocol: "ipmi", state: "works" },
        { protocol: "redfish", state: "works" },
      ],
      cipherSuite: 17,
    });
    expect(lab.machine("both").bmc.plugged).toBe(true);
  });

  it("both working: power goes over IPMI, boot over Redfish", async () => {
    await lab.run(["probe", "on"]);
    const { bmc, redfish } = lab.machine("on");
    const before = { ipmi: bmc.counts.sessions.opened, redfish: redfish?.counts.sessions.opened };
    expect((await lab.run(["power", "on", "status"])).code).toBe(0);
    expect(bmc.counts.sessions.opened).toBe(before.ipmi + 1);
    expect(redfish?.counts.sessions.opened).toBe(before.redfish);
    expect((await lab.run(["boot", "on", "http"])).code).toBe(0);
    expect(lab.machine("on").server.override.get()?.source).toBe("http");
  });
});
