import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds, minutes, seconds } from "#base/units.ts";
import type { Bmc, BmcFacts, BmcTarget, RedfishBmcTarget } from "#bmc/bmc.ts";
import { connectAny, type BmcDeps } from "#bmc/connect.ts";
import { openLedger } from "#bmc/ledger.ts";
import { ensurePower, pressPower } from "#bmc/power.ts";
import { probeBmc, switchIpmiOn } from "#bmc/probe.ts";
import { describeShared } from "../support/shared.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import type { RedfishOptions } from "#simulator/redfish.ts";

/** Not faster: a handshake that may take 10 s must get through on a busy machine. */
const clock = scaledClock(20);
const within = { clock, within: minutes(5) };
const password = new Secret("correct horse");
const parts: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of parts.splice(0).toReversed()) await part[Symbol.asyncDispose]();
});

interface Rig {
  machine: RedfishMachine;
  redfish: RedfishMachine["redfish"];
  learnt: BmcFacts;
  open: (more?: Partial<RedfishBmcTarget>, deps?: BmcDeps) => Promise<Bmc>;
}

async function rig(redfish: RedfishOptions = {}, name = "web1"): Promise<Rig> {
  const machine = await startBmc({ name, clock, redfish });
  parts.push(machine);
  const { address, port } = machine.redfish;
  const { scheme = "https" } = redfish;
  const base = { kind: "redfish", machine: name, address, port, scheme, username: "admin", password } as const;
  const it: Rig = {
    machine,
    redfish: machine.redfish,
    learnt: {},
    open: async (more = {}, deps = {}) => {
      const bmc = await connectAny(
        { ...base, known: it.learnt, ...more },
        { clock, onFacts: (_, facts) => void (it.learnt = facts), ...deps },
      );
      parts.push(bmc);
      return bmc;
    },
  };
  return it;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
const pxe = { device: "pxe", persistence: "once" } as const;

describe("a boot override is believed only when it was read back", () => {
  test("answered like a success and not kept", async () => {
    const { open } = await rig({ scheme: "http", faults: { boot: { override: "dropped" } } });
    expect(await codeOf(Promise.resolve((await open()).boot?.set(pxe)))).toBe("bmc.boot.not-kept");
  });

  test("kept, and taken back a moment later", async () => {
    const { open } = await rig({
      scheme: "http",
      faults: { boot: { override: "reverted", reverts: milliseconds(700) } },
    });
    expect(await codeOf(Promise.resolve((await open()).boot?.set(pxe)))).toBe("bmc.boot.not-kept");
  });

  test("a wrong value that is answered 200 does not count", async () => {
    const { open, machine } = await rig({
      scheme: "http",
      vendor: "supermicro",
      faults: { boot: { badValue: "accepted" } },
    });
    const bmc = await open();
    await bmc.boot?.set({ device: "cd", persistence: "once" });
    expect(machine.server.override.get()?.source).toBe("cd");
  });
});

describe("a boot override is written in the dialect that the firmware takes", () => {
  test.each([
    ["all three together", { needs: "all-three" }],
    ["enabled always", { needs: "enabled" }],
    ["an unchanged enabled is refused", { unchangedEnabledRefused: true }],
    ["only at the settings resource", { patchAt: "settings", allowableIn: "settings" }],
    ["only at the system", { patchAt: "system" }],
    ["values told nowhere", { allowableIn: "nowhere" }],
    ["a mode that falls back", { modeFallsBack: true }],
  ] as const)("%s", async (_, boot) => {
    const { open, machine } = await rig({ scheme: "http", faults: { boot } });
    const bmc = await open();
    for (const device of ["pxe", "disk", "pxe", "none"] as const) {
      const set = await bmc.boot?.set({ device, persistence: "once" });
      expect(set?.override.device).toBe(device);
      expect(machine.server.override.get()?.source ?? "none").toBe(device);
      if (device !== "none") expect(set?.notKept).toEqual([]);
    }
  });

  test("what firmware wants is learnt, and tried first the next time", async () => {
    const it = await rig({ scheme: "http", faults: { boot: { needs: "all-three" } } });
    const bmc = await it.open();
    await bmc.boot?.set(pxe);
    await bmc.rest();
    expect(it.learnt.quirks).toContain("boot-wants-all");
    await (await it.open()).boot?.set({ device: "disk", persistence: "once" });
    const patches = it.redfish.counts.log.filter(({ method }) => method === "PATCH");
    expect(patches.map(({ status }) => status < 300)).toEqual([false, true, true]);
  });

  test("a mode that waits for a restart is told as not kept", async () => {
    const { open } = await rig({ scheme: "http", vendor: "dell-idrac9", faults: { boot: { modeChange: "job" } } });
    const bmc = await open();
    const { override } = (await bmc.boot?.get()) ?? {};
    const set = await bmc.boot?.set({ ...pxe, uefi: override?.uefi !== true });
    expect(set?.notKept).toEqual(["uefi"]);
  });

  test("changes wait for the end of POST", async () => {
    const { open, machine } = await rig({ scheme: "http", vendor: "hpe", faults: { boot: { inPost: "refused" } } });
    machine.server.behaviour.post = seconds(40);
    const bmc = await open();
    await ensurePower(bmc, "on", within);
    expect(machine.server.state).toBe("post");
    expect((await bmc.boot?.set(pxe))?.override.device).toBe("pxe");
  });

  test("once only is once only", async () => {
    const { open } = await rig({ scheme: "http", vendor: "supermicro-x10" });
    const bmc = await open();
    expect(await codeOf(Promise.resolve(bmc.boot?.set({ device: "http", persistence: "once" })))).toBe(
      "boot.unsupported",
    );
  });
});

const cd = { device: "cd", persistence: "once" } as const;

describeShared("redfish", "iDRAC's virtual CD is reached by the OEM road", (dir) => {
  test.each(["dell-r720-idrac7-2.50", "dell-t630-idrac8-2.50", "dell-r740-idrac9-3.15", "dell-r750-idrac9-7.10"])(
    "%s",
    async (tree) => {
      const { open, machine } = await rig({ tree: join(dir, tree) });
      const bmc = await open();
      const set = await bmc.boot?.set(cd);
      expect(machine.server.override.get()?.source).toBe("cd");
      if (set?.valid) expect((await bmc.boot?.get())?.override.device).toBe("cd");
    },
  );

  test("without the remedy the physical drive would be booted", async () => {
    const { open, machine } = await rig({ tree: join(dir, "dell-r750-idrac9-7.10") });
    const bmc = await open({ quirks: ["virtual-cd-is-cd"] });
    await bmc.boot?.set(cd);
    expect(machine.server.override.get()?.source).toBe("physical-cd");
  });

  test("attributes that are busy are got round by a profile", async () => {
    const { open, machine } = await rig({
      tree: join(dir, "dell-r750-idrac9-7.10"),
      faults: { boot: { attributes: "busy" } },
    });
    await (await open()).boot?.set(cd);
    expect(machine.server.override.get()?.source).toBe("cd");
  });

  test("a queued job is an error that says so", async () => {
    const { open } = await rig({
      tree: join(dir, "dell-r750-idrac9-7.10"),
      faults: { boot: { attributes: "job-queued" } },
    });
    expect(await codeOf(Promise.resolve((await open()).boot?.set(cd)))).toBe("redfish.job-pending");
  });

  test("its picture of the screen is a PNG", async () => {
    const bmc = await (await rig({ tree: join(dir, "dell-r750-idrac9-7.10") })).open();
    await ensurePower(bmc, "on", within);
    await bmc.contact?.();
    expect((await bmc.screenshot?.take())?.type).toBe("image/png");
  });
});

describe("Supermicro", () => {
  test("Supermicro's is UsbCd; Cd would be the physical one", async () => {
    const { open, machine } = await rig({ scheme: "http", vendor: "supermicro" });
    await (await open()).boot?.set(cd);
    expect(machine.server.override.get()?.source).toBe("cd");
    await (await open({ quirks: ["virtual-cd-is-cd"] })).boot?.set(cd);
    expect(machine.server.override.get()?.source).toBe("physical-cd");
  });
});

describe("power goes by what is offered", () => {
  test.each(["action", "action-info", "nowhere"] as const)("values told in: %s", async (valuesIn) => {
    const { open, machine } = await rig({ scheme: "http", faults: { power: { valuesIn } } });
    const bmc = await open();
    await ensurePower(bmc, "on", within);
    await pressPower(bmc, "reset", within);
    expect(machine.server.powerCounts).toMatchObject({ on: 1 });
    await ensurePower(bmc, "off", within);
    expect(machine.server.power).toBe("off");
  });

  test("without restart and cycle a reset is off, proven, and on", async () => {
    const { open, machine } = await rig({
      scheme: "http",
      faults: { power: { values: ["On", "ForceOff", "PushPowerButton"] } },
    });
    const bmc = await open();
    await ensurePower(bmc, "on", within);
    expect(await pressPower(bmc, "reset", within)).toBe("on");
    expect(machine.server.powerCounts).toMatchObject({ on: 2, off: 1, reset: 0 });
  });

  test("a shutdown by the button is not pressed on a machine that is off", async () => {
    const { open, machine } = await rig({
      scheme: "http",
      faults: { power: { values: ["On", "ForceOff", "PushPowerButton"] } },
    });
    const bmc = await open();
    await bmc.power.act("soft");
    expect(machine.server.power).toBe("off");
    await ensurePower(bmc, "on", within);
    await clock.sleep(minutes(3));
    await ensurePower(bmc, "off", { ...within, how: "soft" });
    expect(machine.server.powerCounts).toMatchObject({ soft: 1, off: 0 });
  });

  test("without the action there is no power to switch, only to read", async () => {
    const it = await rig({ scheme: "http", faults: { power: { noAction: true } } });
    const bmc = await it.open();
    await bmc.contact?.();
    expect(bmc.power.actions).toEqual([]);
    expect(await bmc.power.status()).toBe("off");
    expect(await codeOf(bmc.power.act("on"))).toBe("power.unsupported");
  });

  test.each([
    ["told late", { reportedLate: seconds(8) }],
    ["on its way", { transitions: true }],
    ["On refused for a minute after off", { onRefusedAfterOff: seconds(60) }],
    ["writes refused after a change", { busyAfterChange: seconds(10) }],
    ["refused when it is so already", { unchanged: "refused" }],
  ] as const)("%s", async (_, power) => {
    const { open, machine } = await rig({ scheme: "http", faults: { power } });
    const bmc = await open();
    for (const state of ["on", "off", "on", "off"] as const) {
      expect(await ensurePower(bmc, state, within)).toBe(state);
      expect(machine.server.power).toBe(state);
    }
  });

  test("commands that are answered and ignored are found out", async () => {
    const { open } = await rig({ scheme: "http", faults: { power: { commands: "ignored" } } });
    expect(await codeOf(ensurePower(await open(), "on", { clock, within: minutes(1) }))).toBe("power.not-reached");
  });

  test.each([
    ["a task", { for: "writes", location: "task" }],
    ["a monitor", { for: "writes", location: "monitor" }],
    ["an iDRAC job that is late", { for: "writes", location: "job", lateBy: 2, oddProperties: true }],
    ["a task that vanishes", { for: "writes", location: "task", vanishes: true }],
    ["a task that is told nowhere", { for: "writes", location: "missing" }],
  ] as const)("%s is followed, its effect is read", async (_, tasks) => {
    const { open, machine } = await rig({ scheme: "http", faults: { tasks } });
    const bmc = await open();
    expect(await ensurePower(bmc, "on", within)).toBe("on");
    expect((await bmc.boot?.set(pxe))?.override.device).toBe("pxe");
    expect(machine.server.override.get()?.source).toBe("pxe");
  });
});

describe("oddities of the tree do not stop it", () => {
  test.each([
    "no-vendor",
    "null-model",
    "null-members",
    "null-account-types",
    "no-managed-by",
    "zero-uuid",
    "empty-uuid",
    "odd-dates",
    "numbers-as-text",
    "dangling-members",
    "capabilities-member",
    "bare-root",
    "no-nics-before-post",
  ] as const)("%s", async (distortion) => {
    const { open } = await rig({ scheme: "http", faults: { distortions: [distortion] } });
    const bmc = await open();
    const report = await probeBmc(bmc);
    if (distortion === "null-members")
      return expect(report.problem?.code ?? "none").toMatch(/redfish.which-system|none/);
    expect(report.power).toBe("off");
    await bmc.inventory?.read();
    await bmc.sensors?.read();
    await bmc.events?.read();
    await bmc.network?.read();
    await bmc.accounts?.list();
    expect(await ensurePower(bmc, "on", within)).toBe("on");
  });

  test.each([
    ["required", { form: "strong", ifMatch: "required" }],
    ["weak and refused", { form: "weak", ifMatch: "weak-refused" }],
    ["refused altogether", { form: "strong", ifMatch: "refused" }],
    ["doubly quoted", { form: "doubly-quoted", ifMatch: "required" }],
    ["only a star matches", { form: "strong", ifMatch: "star-only" }],
    ["quick writes are refused", { form: "strong", ifMatch: "required", spacing: seconds(2) }],
  ] as const)("ETags %s", async (_, etag) => {
    const { open, machine } = await rig({ scheme: "http", faults: { etag } });
    const bmc = await open();
    await bmc.boot?.set(pxe);
    await bmc.boot?.set({ device: "disk", persistence: "once" });
    expect(machine.server.override.get()?.source).toBe("disk");
  });

  test("a full session table is got round by basic authentication", async () => {
    const { open, redfish } = await rig({ scheme: "http", faults: { sessions: { full: true, fullAs: "RAC0218" } } });
    expect(await (await open()).power.status()).toBe("off");
    expect(redfish.openSessions).toEqual([]);
  });
});

describe("vendors that nobody here has met", () => {
  test.each(["cisco", "fujitsu", "huawei", "nokia", "none"] as const)("%s", async (vendor) => {
    const { open, machine } = await rig({ scheme: "http", vendor });
    const bmc = await open();
    const report = await probeBmc(bmc);
    expect(report.info.firmware).toBeDefined();
    await ensurePower(bmc, "on", within);
    await pressPower(bmc, "reset", within);
    await pressPower(bmc, "cycle", within);
    await bmc.boot?.set(pxe);
    await bmc.boot?.set(pxe);
    expect(machine.server.override.get()?.source).toBe("pxe");
    await ensurePower(bmc, "off", within);
    expect(machine.server.power).toBe("off");
  });
});

describe("who answers", () => {
  test("a stranger is not switched on", async () => {
    const it = await rig({ identity: { uuid: "38947555-7742-3448-3784-823347823834" } });
    const bmc = await it.open();
    await bmc.power.status();
    await bmc.rest();
    it.redfish.identity.uuid = "11111111-7742-3448-3784-823347823834";
    expect(await codeOf((await it.open()).power.act("on"))).toBe("bmc.stranger");
    expect(it.machine.server.power).toBe("off");
  });

  test("another certificate is refused", async () => {
    const it = await rig();
    const bmc = await it.open();
    await bmc.power.status();
    await bmc.rest();
    expect(it.learnt.redfish?.pin).toMatch(/^[0-9a-f]{64}$/i);
    it.redfish.renewCertificate();
    expect(await codeOf((await it.open()).power.status())).toBe("redfish.tls-pin");
  });

  test("TLS of old times is refused, and spoken where the estate says so", async () => {
    const it = await rig({ tls: { key: "rsa-1024", maxVersion: "TLSv1.1" } });
    expect(await codeOf((await it.open()).power.status())).toBe("redfish.tls");
    expect(await (await it.open({ quirks: ["old-tls"] })).power.status()).toBe("off");
  });

  test("what was found once is not looked for again", async () => {
    const it = await rig();
    const bmc = await it.open();
    await bmc.contact?.();
    await bmc.rest();
    const before = it.redfish.counts.requests;
    const next = await it.open();
    await next.contact?.();
    expect(it.redfish.counts.requests).toBe(before);
    expect(next.inventory).toBeDefined();
    expect(await next.power.status()).toBe("off");
    expect(it.redfish.counts.log.slice(before).map(({ method, path }) => `${method} ${path}`)).toHaveLength(3);
  });

  test("a wrong password is tried once", async () => {
    const { open, redfish } = await rig();
    const bmc = await open({ password: new Secret("wrong one") });
    expect(await codeOf(bmc.power.status())).toBe("bmc.auth.password");
    expect(await codeOf(bmc.power.status())).toBe("bmc.auth.password");
    expect(redfish.counts.wrongPasswords).toBe(1);
  });

  test("a session that a killed process left is deleted by the next one, others are not", async () => {
    const state = mkdtempSync(join(tmpdir(), "rackhand-redfish-"));
    const it = await rig();
    // Above the kernel's highest pid: its process is gone.
    const dead = openLedger(state, { pid: 4_194_998 });
    const bmc = await it.open({}, { ledger: { ...dead, orphans: () => [] } });
    await bmc.power.status();
    expect(it.redfish.openSessions).toHaveLength(1);
    const next = await it.open({}, { ledger: openLedger(state), gate: { enter: async () => pass } });
    await next.power.status();
    expect(it.redfish.openSessions).toHaveLength(1);
    await next.rest();
    expect(it.redfish.openSessions).toHaveLength(0);
    expect(readdirSync(join(state, "sessions")).filter((name) => name.endsWith(".log"))).toEqual([]);
    rmSync(state, { recursive: true });
  });
});

const pass = { wanted: () => false, whenWanted: () => undefined, restUntil: 0, leave: () => undefined };

describe("what only Redfish has", () => {
  test("the screen's picture over Supermicro's web interface, and nobody else's", async () => {
    const supermicro = await rig({ scheme: "http", vendor: "supermicro-x10" }, "web2");
    const other = await supermicro.open();
    await ensurePower(other, "on", within);
    await other.contact?.();
    expect((await other.screenshot?.take())?.type).toBe("image/jpeg");
    expect(supermicro.redfish.openWebSessions).toBe(0);
    const plain = await (await rig({ scheme: "http", vendor: "lenovo" }, "web3")).open();
    await plain.contact?.();
    expect(plain.screenshot).toBeUndefined();
  });

  test("a password that the controller does not keep is found out", async () => {
    const { open } = await rig({ scheme: "http", faults: { accounts: { passwords: "dropped" } } });
    const bmc = await open();
    await bmc.contact?.();
    expect(await codeOf(Promise.resolve(bmc.accounts?.setPassword("admin", new Secret("another-Pass-1"))))).toBe(
      "bmc.password.not-kept",
    );
  });

  test("a service is switched and read back; one that is not there is named", async () => {
    const { open } = await rig();
    const bmc = await open();
    await bmc.contact?.();
    expect(await codeOf(Promise.resolve(bmc.network?.enable("Gopher", true)))).toBe("bmc.service.none");
  });
});

describe("a controller of which nobody said what it speaks", () => {
  async function both(): Promise<{ it: Rig; open: () => Promise<Bmc> }> {
    const it = await rig();
    const { bmc } = it.machine;
    const common = { machine: "web1", address: bmc.address, username: "admin", password };
    const open = async () => {
      const target: BmcTarget = {
        kind: "auto",
        machine: "web1",
        ipmi: { ...common, kind: "ipmi", port: bmc.port, known: it.learnt },
        redfish: { ...common, kind: "redfish", port: it.redfish.port, known: it.learnt },
        redfishPorts: [it.redfish.port],
      };
      const made = await connectAny(target, { clock, onFacts: (_, facts) => void (it.learnt = facts) });
      parts.push(made);
      return made;
    };
    return { it, open };
  }

  test("with IPMI switched off it is found over Redfish, and IPMI can be switched on there", async () => {
    const { it, open } = await both();
    await it.machine.bmc.unplug();
    const bmc = await open();
    expect(await ensurePower(bmc, "on", within)).toBe("on");
    const report = await probeBmc(bmc);
    expect(report.ipmiCanBeSwitchedOn).toBe(true);
    await switchIpmiOn(bmc);
    await bmc.rest();
    expect(it.machine.bmc.plugged).toBe(true);
    const { protocols: _, ...rest } = it.learnt;
    it.learnt = rest;
    expect((await probeBmc(await open())).protocols.map(({ state }) => state)).toEqual(["works", "works"]);
  });

  test("a password that is wrong over IPMI is not tried over Redfish", async () => {
    const { it, open } = await both();
    const bmc = await open();
    it.machine.bmc.accounts.put({ name: "admin", password: "changed meanwhile" });
    expect(await codeOf(probeBmc(bmc))).toBe("bmc.auth.password");
    expect(it.redfish.counts.wrongPasswords).toBe(0);
  });
});
