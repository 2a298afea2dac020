import { afterEach, describe, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { hours, milliseconds, minutes, seconds } from "#base/units.ts";
import type { BmcFacts, IpmiBmcTarget } from "#bmc/bmc.ts";
import { connect } from "#bmc/connect.ts";
import { ensurePower, pressPower } from "#bmc/power.ts";
import { quirkIds } from "#bmc/quirks.ts";
import * as commands from "#protocols/ipmi/commands.ts";
import { decodeDatagram } from "#protocols/ipmi/packet.ts";
import { forgetWrongPassword, Session, type IpmiTarget, type SessionOptions } from "#protocols/ipmi/session.ts";
import { startBmc, type MachineOptions, type SimulatedMachine } from "#simulator/machine.ts";
import type { BmcFaults, SessionFaults } from "#simulator/faults.ts";
import { startRelay } from "../support/udp-relay.ts";

// Every IPMI 2.0 quirk of the catalogue: the simulator does it, and the client works all the same.

const password = "a Passw0rd of 20 b.";
const clock = scaledClock(20);
let machines: SimulatedMachine[] = [];

interface How {
  session?: Partial<SessionFaults>;
  faults?: Partial<Omit<BmcFaults, "session" | "sol">>;
  bmc?: MachineOptions["bmc"];
  server?: MachineOptions["server"];
}

const times = { relay: milliseconds(20), offTime: milliseconds(50), post: milliseconds(50), boot: milliseconds(50) };

async function machineWith({ session, faults, bmc, server }: How = {}): Promise<SimulatedMachine> {
  const accounts = [
    { name: "admin", password },
    { name: "op", password, privilege: "operator" as const },
    { name: "user", password, privilege: "user" as const },
    { name: "a name of 16 byt", password },
  ];
  const address = `127.63.${process.pid % 250}.${machines.length + 1}`;
  const machine = await startBmc({
    name: `q${machines.length}`,
    clock,
    server: { ...times, ...server },
    bmc: { address, accounts, ...bmc },
  });
  Object.assign(machine.bmc.faults, faults);
  Object.assign(machine.bmc.faults.session, session);
  machines.push(machine);
  return machine;
}

afterEach(async () => {
  for (const { bmc } of machines) forgetWrongPassword(bmc.address, bmc.port);
  await Promise.all(machines.map((machine) => machine[Symbol.asyncDispose]()));
  machines = [];
});

type At = Partial<IpmiTarget>;
const at = ({ bmc }: SimulatedMachine, own: At = {}): IpmiTarget => ({
  host: bmc.address,
  port: bmc.port,
  username: "admin",
  password: new Secret(password),
  ...own,
});
const open = (machine: SimulatedMachine, own: At = {}, options: SessionOptions = {}) =>
  Session.open(at(machine, own), { timeout: milliseconds(400), ...options });
const briefly = { timeout: milliseconds(300) };

/** Logs in, reads the power, and gives the session, still open. */
async function works(machine: SimulatedMachine, own: At = {}): Promise<Session> {
  const session = await open(machine, own);
  expect(await session.send(commands.GetChassisStatus, {}, briefly)).toMatchObject({ power: machine.server.power });
  return session;
}

/** What it fails with, log-in or first command. */
async function failure(machine: SimulatedMachine, own: At = {}, options: SessionOptions = {}): Promise<unknown> {
  try {
    await using session = await Session.open(at(machine, own), {
      timeout: milliseconds(400),
      renew: false,
      ...options,
    });
    await session.send(commands.GetChassisStatus, {}, briefly);
    return "no error";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

describe("before a session", () => {
  test("questions go in IPMI 1.5 framing, which is all that some hear", async () => {
    const machine = await machineWith({ session: { plainFramingOnly: true } });
    await using _ = await works(machine);
    expect(machine.bmc.counts.commands.get("Get Channel Authentication Capabilities")).toBe(1);
  });

  test("the bit that asks for 2.0 is dropped where it is refused, and only there: a lost question is asked again as it was", async () => {
    const machine = await machineWith({ session: { extendedRefused: true } });
    await using _ = await works(machine);
    expect(machine.bmc.counts.commands.get("Get Channel Authentication Capabilities")).toBe(2);
    const other = await machineWith();
    let lost = 0;
    other.bmc.network.drop = ({ about }) => about === "Get Channel Authentication Capabilities" && lost++ < 1;
    await using relay = await startRelay({ host: other.bmc.address, port: other.bmc.port });
    await using __ = await Session.open({ ...at(other), host: relay.host, port: relay.port });
    const asked = relay.sent.map(decodeDatagram).filter(({ kind }) => kind === "legacy");
    expect(asked.map((datagram) => (datagram.kind === "legacy" ? datagram.payload[6] : 0))).toEqual([0x8e, 0x8e]);
  });

  test("no ping is sent, so that none need be answered", async () => {
    const machine = await machineWith({ session: { noPong: true } });
    await using relay = await startRelay({ host: machine.bmc.address, port: machine.bmc.port });
    await using _ = await Session.open({ ...at(machine), host: relay.host, port: relay.port });
    expect(relay.sent.map((datagram) => decodeDatagram(datagram).kind)).not.toContain("asf");
  });

  test.each([undefined, "the real K_g"])("whether a K_g is set is not believed: %s", async (kg) => {
    const machine = await machineWith({ session: { kgStatusLies: true }, bmc: kg === undefined ? {} : { kg } });
    await using _ = await works(machine, kg === undefined ? {} : { kg: new Secret(kg) });
    expect(await failure(machine, kg === undefined ? { kg: new Secret("another") } : {})).toBe("bmc.auth.kg");
  });
});

describe("cipher suites", () => {
  test.each([0x04, 0x05, 0x06, 0x07, 0x09, 0x0a, 0x10, 0x11, 0x12])(
    "status %d to a suite means: try the next",
    async (suiteRefusal) => {
      const machine = await machineWith({ session: { suiteRefusal }, bmc: { cipherSuites: [3] } });
      await using session = await works(machine);
      expect(session.cipherSuite).toBe(3);
      expect(session.privilege).toBe("administrator");
    },
  );

  test("what is advertised is not believed: refused suites are passed over, hidden ones found, mixed-up records read", async () => {
    const machine = await machineWith({
      session: { advertisedSuites: [15, 17], suiteTags: "wrong" },
      bmc: { cipherSuites: [3] },
    });
    await using session = await works(machine);
    expect(session.cipherSuite).toBe(3);
    await expect(open(machine, { cipherSuites: [17] })).rejects.toMatchObject({
      code: "bmc.auth.cipher",
      message: expect.stringContaining("it says that it offers 15, 17"),
    });
  });

  test("a suite without password is never proposed unless somebody wrote it down", async () => {
    const machine = await machineWith({ bmc: { cipherSuites: [0] } });
    expect(await failure(machine)).toBe("bmc.auth.cipher");
    await using session = await works(machine, { cipherSuites: [0] });
    expect(session.cipherSuite).toBe(0);
  });

  test("the suite that worked is proposed first next time", async () => {
    const machine = await machineWith({ bmc: { cipherSuites: [3] } });
    let facts: BmcFacts = {};
    await using first = connect(forBmc(machine), { onFacts: async (_, all) => void (facts = all) });
    await first.power.status();
    await first.rest();
    const { refused, begun } = machine.bmc.counts.sessions;
    await using relay = await startRelay({ host: machine.bmc.address, port: machine.bmc.port });
    await using next = connect({ ...forBmc(machine, { known: facts }), address: relay.host, port: relay.port });
    await next.power.status();
    expect(facts).toMatchObject({ cipherSuite: 3 });
    expect(relay.sent.length).toBeLessThanOrEqual(4); // and 17 was not among them:
    expect(machine.bmc.counts.sessions).toMatchObject({ refused, begun: begun + 1 });
  });
});

describe("RAKP", () => {
  test("Open Session and RAKP 1 say the same level, since some firmware hashes the former's", async () => {
    const machine = await machineWith({ session: { hashedRole: "as-opened" } });
    await using session = await works(machine);
    expect(session.oddities).toEqual([]);
  });

  test("a BMC that wants no level proposed: quirk open-privilege-highest", async () => {
    const machine = await machineWith({ session: { openLevels: "highest-only" } });
    expect(await failure(machine)).toBe("bmc.auth.role");
    await using _ = await works(machine, { quirks: ["open-privilege-highest"] });
  });

  test("a name-only bit that is left out of the codes is seen in RAKP 2, without another try", async () => {
    const machine = await machineWith({ session: { hashedRole: "without-lookup-bit" } });
    await using session = await works(machine);
    expect(session.oddities).toEqual(["role-bits-unhashed"]);
    expect(machine.bmc.counts).toMatchObject({ wrongPasswords: 0, sessions: { begun: 1 } });
  });

  test("one that is left out of RAKP 3 alone: quirk name-only-refused", async () => {
    const machine = await machineWith({ session: { hashedRole: "without-lookup-bit-in-rakp3" } });
    expect(await failure(machine)).toBe("bmc.auth.password");
    forgetWrongPassword(machine.bmc.address, machine.bmc.port);
    await using session = await works(machine, { quirks: ["name-only-refused"] });
    expect(session.nameOnlyLookup).toBe(false);
  });

  test.each([0x0d, 0x09])("users that are found by name and level only, others being answered %d", async (status) => {
    const machine = await machineWith({ faults: { userLookup: "role-only" }, session: { lookupRefusal: status } });
    await using session = await works(machine);
    expect(session.nameOnlyLookup).toBe(false);
  });

  test("users who are found by exactly their own level", async () => {
    const machine = await machineWith({ faults: { userLookup: "exact-role" } });
    await using session = await works(machine, { username: "op", known: { nameOnlyLookup: false } });
    expect(session.privilege).toBe("operator");
  });

  test.each([3, 17])("a code in RAKP 2 with a byte too many, suite %d: quirk rakp2-code-longer", async (suite) => {
    const machine = await machineWith({ session: { rakp2Code: "longer" } });
    expect(await failure(machine, { cipherSuites: [suite] })).toBe("bmc.auth.password");
    forgetWrongPassword(machine.bmc.address, machine.bmc.port);
    await using _ = await works(machine, { cipherSuites: [suite], quirks: ["rakp2-code-longer"] });
  });

  test("a check value made with the integrity algorithm is the same where both go together, else quirk rakp4-unchecked", async () => {
    const machine = await machineWith({ session: { rakp4Check: "by-integrity" }, bmc: { cipherSuites: [1, 3, 17] } });
    for (const suite of [3, 17]) await (await works(machine, { cipherSuites: [suite] })).close();
    expect(await failure(machine, { cipherSuites: [1] })).toBe("bmc.auth.kg");
    forgetWrongPassword(machine.bmc.address, machine.bmc.port);
    await using __ = await works(machine, { cipherSuites: [1], quirks: ["rakp4-unchecked"] });
  });

  test("a check value in suite 0, which has none, is not looked at", async () => {
    const machine = await machineWith({ session: { rakp4Check: "in-suite-0" }, bmc: { cipherSuites: [0] } });
    await using session = await works(machine, { cipherSuites: [0] });
    expect(session.cipherSuite).toBe(0);
  });

  test.each([3, 17])(
    "a password of which 16 bytes were kept is seen in RAKP 2, suite %d, with and without K_g",
    async (suite) => {
      for (const kg of [undefined, new Secret("the real K_g")]) {
        const bmc = { cipherSuites: [suite], ...(kg && { kg: kg.reveal() }) };
        const machine = await machineWith({ session: { passwordsCut: true }, bmc });
        await using session = await works(machine, { kg });
        expect(session.oddities).toEqual(["password-cut"]);
        expect(machine.bmc.counts.wrongPasswords).toBe(0);
      }
    },
  );

  test("a RAKP 1 that must have room for the longest name: quirk rakp1-padded", async () => {
    const machine = await machineWith({ session: { rakp1: "full" } });
    expect(await failure(machine, {}, { clock, timeout: seconds(8) })).toBe("bmc.silent");
    await using _ = await works(machine, { quirks: ["rakp1-padded"] });
    await using __ = await works(machine, { username: "a name of 16 byt" });
  });

  test("a name that must have 16 bytes: quirk name-padded", async () => {
    const machine = await machineWith({ session: { rakp1: "padded" } });
    expect(await failure(machine, { username: "a name of 16 byt" })).toBe("no error");
    await using _ = await works(machine, { quirks: ["name-padded"] });
  });

  test("codes that only the maker's own tools can make look like a wrong password, which is not tried twice, and the advice names it", async () => {
    const machine = await machineWith({ session: { hardened: true } });
    await expect(open(machine)).rejects.toMatchObject({
      code: "bmc.auth.password",
      advice: expect.stringContaining("SMCRAKP"),
    });
    expect(machine.bmc.counts.sessions.begun).toBe(1);
  });
});

describe("packets", () => {
  test("a pad that is counted otherwise: quirk integrity-pad-uncounted", async () => {
    const machine = await machineWith({ session: { integrityPad: "without-trailer" } });
    expect(await failure(machine)).toBe("bmc.session-lost");
    await using _ = await works(machine, { quirks: ["integrity-pad-uncounted"] });
  });

  test.each(["first-wrong", "second-wrong"] as const)(
    "a checksum (%s) in a signed packet is counted and forgiven",
    async (checksums) => {
      const machine = await machineWith({ session: { checksums } });
      await using session = await works(machine);
      expect(session.badChecksums).toBe(1);
      expect(session.oddities).toEqual(["message-checksum-wrong"]);
      expect(
        await failure(await machineWith({ session: { checksums }, bmc: { cipherSuites: [1] } }), { cipherSuites: [1] }),
      ).toBe("bmc.session-lost");
    },
  );

  test("session id 0 in answers is taken where a signature says whose they are, else by quirk session-id-zero", async () => {
    const machine = await machineWith({ session: { zeroSessionId: true }, bmc: { cipherSuites: [1, 2, 3] } });
    await using session = await works(machine);
    expect(session.oddities).toEqual(["session-id-zero"]);
    await using _ = await works(machine, { cipherSuites: [2] });
    expect(await failure(machine, { cipherSuites: [1] })).toBe("bmc.session-lost");
    await using __ = await works(machine, { cipherSuites: [1], quirks: ["session-id-zero"] });
  });

  test.each([2, 40])("sequence numbers that go up by %d", async (sequenceStep) => {
    const machine = await machineWith({ session: { sequenceStep } });
    await using session = await works(machine);
    for (let i = 0; i < 20; i++) await session.send(commands.GetChassisStatus, {}, briefly);
    expect(machine.bmc.counts.sessions.opened).toBe(1);
  });

  test("packets that are no messages are dropped, and counted by nobody", async () => {
    const machine = await machineWith({ session: { strayPackets: true } });
    await using session = await works(machine);
    for (let i = 0; i < 5; i++) await session.send(commands.GetChassisStatus, {}, briefly);
    expect(machine.bmc.counts.commands.get("Get Chassis Status")).toBe(6);
  });

  test("a Close Session that is never answered ends the session all the same", async () => {
    const machine = await machineWith({ session: { closeUnanswered: true } });
    const ended: number[] = [];
    const session = await open(machine, {}, { onSessionEnd: (id) => ended.push(id) });
    await session.close();
    expect(ended).toEqual([session.managedSessionId]);
    expect(machine.bmc.openSessions).toEqual([]);
  });
});

describe("privilege", () => {
  test.each([0x80, 0x81])(
    "administrator refused with %d: one level lower, which is reported",
    async (administratorRefused) => {
      const machine = await machineWith({ faults: { administratorRefused } });
      await using session = await works(machine);
      await session.send(commands.ChassisControl, { action: "powerUp" });
      expect(session.privilege).toBe("operator");
    },
  );

  test("a level below the user's own is refused with D4h: the next higher is taken", async () => {
    const machine = await machineWith({ session: { levels: "limit-only" } });
    await using session = await works(machine, { privilege: "operator" });
    await session.send(commands.ChassisControl, { action: "powerUp" });
    expect(session.privilege).toBe("administrator");
  });

  test("a session that is capped at callback is said to be so", async () => {
    const machine = await machineWith({ session: { levels: "callback" } });
    expect(await failure(machine)).toBe("bmc.auth.role");
    expect(await failure(await machineWith({ bmc: { channelPrivilege: "callback" } }))).toBe("bmc.auth.role");
  });

  test("an account that was made for Redfish only is a user whom IPMI does not know", async () => {
    const machine = await machineWith({ bmc: { accounts: [{ name: "admin", password, ipmi: false }] } });
    await expect(open(machine)).rejects.toMatchObject({
      code: "bmc.auth.user",
      advice: expect.stringContaining("IPMI messaging"),
    });
  });
});

const forBmc = ({ name, bmc }: SimulatedMachine, more: Partial<IpmiBmcTarget> = {}): IpmiBmcTarget => ({
  kind: "ipmi",
  machine: name,
  address: bmc.address,
  port: bmc.port,
  username: "admin",
  password: new Secret(password),
  ...more,
});
const quick = { within: minutes(2), every: milliseconds(100), clock };

describe("limits and timing", () => {
  test.each([0xc0, 0xc3, 0xc4, 0xd2])("completion code %d is passing: what reads is asked again", async (code) => {
    const machine = await machineWith();
    machine.bmc.faults.wrongCodes.set("Get Chassis Status", { code, times: 2 });
    await using _ = await works(machine);
    expect(machine.bmc.counts.commands.get("Get Chassis Status")).toBe(3);
  });

  test("busy for longer than a command waits is borne by who needs the power state", async () => {
    const machine = await machineWith();
    machine.bmc.faults.wrongCodes.set("Get Chassis Status", { code: 0xc0, times: 12 });
    await using bmc = connect(forBmc(machine), { clock });
    expect(await ensurePower(bmc, "on", quick)).toBe("on");
  });

  test("a full session table is left alone for longer and longer, and used when there is room", async () => {
    const machine = await machineWith({ faults: { noFreeSlot: true } });
    await using bmc = connect(forBmc(machine), { clock });
    await expect(ensurePower(bmc, "on", quick)).rejects.toMatchObject({ code: "bmc.sessions-full" });
    expect(machine.bmc.counts.sessions.refused).toBeLessThanOrEqual(4); // in more than 20 s
    machine.bmc.faults.noFreeSlot = false;
    expect(await ensurePower(bmc, "on", { ...quick, within: minutes(5) })).toBe("on");
  });

  test("a session that a crowded table dropped early is opened anew", async () => {
    const machine = await machineWith({ session: { crowding: true }, bmc: { sessionSlots: 4 } });
    await using one = await open(machine);
    await using _ = await open(machine);
    await using __ = await open(machine);
    await using ___ = await open(machine);
    await clock.sleep(seconds(10));
    expect(await one.send(commands.GetChassisStatus, {}, briefly)).toMatchObject({ power: "off" });
    expect(machine.bmc.counts.sessions.timedOut).toBeGreaterThan(0);
  });

  test("a user who is locked out is not tried again and again", async () => {
    const machine = await machineWith({ bmc: { lockout: { after: 1, lasts: hours(1), how: "silent" } } });
    expect(await failure(machine, { password: new Secret("wrong") })).toBe("bmc.auth.password");
    expect(await failure(machine)).toBe("bmc.auth.password"); // within a minute of a wrong one nothing is sent
    expect(machine.bmc.counts.sessions.begun).toBe(1);
  });

  test("how fast a BMC answers is kept in the record, roughly, and used", async () => {
    const machine = await machineWith({ bmc: { cipherSuites: [17] } });
    const records: BmcFacts[] = [];
    const deps = { onFacts: async (_: string, all: BmcFacts) => void records.push(all) };
    await using bmc = connect(forBmc(machine), deps);
    for (let i = 0; i < 5; i++) await bmc.power.status();
    await bmc.rest();
    const known = records.at(-1) ?? {};
    expect(Math.log2(known.answersWithin ?? 0) % 1).toBe(0);
    machine.bmc.network.delay = milliseconds(20 * 3 * (known.answersWithin ?? 0));
    await using later = connect(forBmc(machine, { known }), deps);
    await later.power.status();
    await later.rest();
    expect(records.at(-1)?.answersWithin).toBeGreaterThan(known.answersWithin ?? 0);
  });
});

describe("power", () => {
  test.each(["refused", "ignored", "starts"] as const)(
    "reset of a machine that is off (%s) is refused before it is sent",
    async (cycleWhenOff) => {
      const machine = await machineWith({ faults: { cycleWhenOff } });
      await using bmc = connect(forBmc(machine), { clock });
      for (const action of ["reset", "cycle"] as const)
        await expect(pressPower(bmc, action, quick)).rejects.toMatchObject({ code: "power.is-off" });
      expect(machine.bmc.counts.commands.get("Chassis Control")).toBeUndefined();
      expect(machine.server.power).toBe("off");
    },
  );

  test("off is not said to a machine that is off, which some answer with an error", async () => {
    const machine = await machineWith({ faults: { offWhenOff: "refused" } });
    await using bmc = connect(forBmc(machine), { clock });
    expect(await ensurePower(bmc, "off", quick)).toBe("off");
    expect(machine.bmc.counts.commands.get("Chassis Control")).toBeUndefined();
    await expect(bmc.power.act("off")).rejects.toMatchObject({ code: "power.not-now" });
  });

  test("a BMC that tells the old and the new state in turn is read until it tells one twice", async () => {
    const machine = await machineWith({ faults: { powerReported: "in-turn", powerReportedLate: seconds(4) } });
    await using bmc = connect(forBmc(machine), { clock });
    const notes: string[] = [];
    expect(await ensurePower(bmc, "on", { ...quick, note: (text) => notes.push(text) })).toBe("on");
    expect(machine.server.power).toBe("on");
    expect(machine.server.powerCounts.on).toBe(1);
    expect(notes.filter((note) => note.includes("waiting")).length).toBeGreaterThan(1);
    for (let i = 0; i < 4; i++) expect(await bmc.power.status()).toBe("on");
  });

  test("a cycle that never shows as off is pressed once and proves nothing", async () => {
    const machine = await machineWith({
      faults: { powerReported: "on-while-cycling" },
      server: { power: "on", offTime: minutes(1) },
    });
    await using bmc = connect(forBmc(machine), { clock });
    expect(await pressPower(bmc, "cycle", quick)).toBe("on");
    expect(machine.server.powerCounts.cycle).toBe(1);
    expect(machine.server.boots).toEqual([]); // it is without power still
  });
});

describe("boot flags", () => {
  test("go out as the specification has them", async () => {
    const machine = await machineWith();
    await using bmc = connect(forBmc(machine), { clock });
    const read = async () => Buffer.from((await bmc.raw?.(0x00, 0x09, Uint8Array.of(5, 0, 0))) ?? []).toString("hex");
    const set = { pxe: "04", disk: "08", cd: "14", bios: "18" };
    for (const [device, code] of Object.entries(set) as [keyof typeof set, string][]) {
      await bmc.boot?.set({ device, persistence: "once", uefi: true });
      expect(await read()).toBe(`000105a0${code}000000`);
      await bmc.boot?.set({ device, persistence: "once", uefi: false });
      expect(await read()).toBe(`00010580${code}000000`);
      await bmc.boot?.set({ device, persistence: "always", uefi: true });
      expect(await read()).toBe(`000105e0${code}000000`);
    }
  });

  test("outlive the minute after which they would lapse, where the BMC knows how; elsewhere they are set all the same", async () => {
    const machine = await machineWith();
    await using bmc = connect(forBmc(machine), { clock });
    await bmc.boot?.set({ device: "pxe", persistence: "once", uefi: true });
    await clock.sleep(seconds(90));
    expect(await bmc.boot?.get()).toMatchObject({ valid: true, override: { device: "pxe" } });
    machine.bmc.faults.parameter3 = false;
    expect(await bmc.boot?.set({ device: "bios", persistence: "once" })).toMatchObject({ valid: true, notKept: [] });
  });

  test("for one boot that stay for ever are an error", async () => {
    const machine = await machineWith({ faults: { bootOverride: "stuck" } });
    await using bmc = connect(forBmc(machine), { clock });
    await expect(bmc.boot?.set({ device: "pxe", persistence: "once" })).rejects.toMatchObject({
      code: "bmc.boot.not-kept",
    });
  });

  test("that are dropped, or taken back a moment later, are an error", async () => {
    const machine = await machineWith({ faults: { bootOverride: "dropped" } });
    await using bmc = connect(forBmc(machine), { clock });
    const set = () => bmc.boot?.set({ device: "pxe", persistence: "once" });
    await expect(set()).rejects.toMatchObject({ code: "bmc.boot.not-kept" });
    for (const after of [1, 700]) {
      Object.assign(machine.bmc.faults, { bootOverride: "reverted", bootOverrideReverts: milliseconds(after) });
      await expect(set()).rejects.toMatchObject({ code: "bmc.boot.not-kept" });
    }
  });

  test("of firmware that boots in UEFI mode only boot nothing else without that bit, and keep it when nobody names a mode", async () => {
    const machine = await machineWith({ faults: { uefiOnly: true }, server: { bootable: ["pxe", "disk"] } });
    await using bmc = connect(forBmc(machine), { clock });
    const bootedFrom = async (uefi: boolean) => {
      await bmc.boot?.set({ device: "pxe", persistence: "once", uefi });
      await ensurePower(bmc, "on", quick);
      await machine.server.reached(uefi ? "other-system" : "ready");
      await ensurePower(bmc, "off", quick);
      return machine.server.boots.at(-1)?.from;
    };
    expect(await bootedFrom(false)).toBe("disk");
    expect(await bootedFrom(true)).toBe("pxe");
    await bmc.boot?.set({ device: "none", persistence: "once", uefi: true });
    expect(await bmc.boot?.set({ device: "pxe", persistence: "once" })).toMatchObject({ override: { uefi: true } });
  });

  test("for a disk that is 'remote media' in UEFI mode: quirk supermicro-uefi-disk", async () => {
    const bootable = ["pxe", "usb", "disk"] as const;
    const machine = await machineWith({ faults: { uefiDiskIsRemoteMedia: true }, server: { bootable } });
    const bootsFrom = async (quirks: readonly string[]) => {
      await using bmc = connect(forBmc(machine, { quirks }), { clock });
      const set = await bmc.boot?.set({ device: "disk", persistence: "once", uefi: true });
      expect(set?.override.device).toBe("disk");
      await ensurePower(bmc, "on", quick);
      await machine.server.reached(quirks.length > 0 ? "ready" : "other-system");
      await ensurePower(bmc, "off", quick);
      return machine.server.boots.at(-1)?.from;
    };
    expect(await bootsFrom([])).toBe("usb");
    expect(await bootsFrom(["supermicro-uefi-disk"])).toBe("disk");
  });

  test("for ever that the first boot uses up are seen by who reads them again", async () => {
    const machine = await machineWith({
      faults: { bootOverride: "first-boot-only" },
      server: { bootable: ["pxe", "disk"] },
    });
    await using bmc = connect(forBmc(machine), { clock });
    await bmc.boot?.set({ device: "pxe", persistence: "always" });
    await ensurePower(bmc, "on", quick);
    await machine.server.reached("other-system");
    expect(await bmc.boot?.get()).toMatchObject({ valid: false, override: { device: "none" } });
  });
});

test("what sessions find out and what can be set for them are quirks of the catalogue", async () => {
  const { sessionQuirks } = await import("#protocols/ipmi/session/quirks.ts");
  expect([...Object.keys(sessionQuirks), "message-checksum-wrong"].filter((id) => !quirkIds.includes(id))).toEqual([]);
});
