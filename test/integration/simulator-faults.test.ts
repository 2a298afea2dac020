import { createSocket } from "node:dgram";
import { afterEach, expect, test, vi } from "vitest";
import fc from "fast-check";
import { scaledClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { hours, milliseconds, minutes, seconds } from "#base/units.ts";
import { ValidBitClearing, BootFlags, BootParameter } from "#protocols/ipmi/boot-options.ts";
import {
  ChassisControl,
  ChassisIdentify,
  GetChassisStatus,
  GetSystemBootOptions,
  SetSystemBootOptions,
} from "#protocols/ipmi/commands.ts";
import { forgetWrongPassword, Session, type IpmiTarget } from "#protocols/ipmi/session.ts";
import { startBmc, swapAddresses, type MachineOptions, type SimulatedMachine } from "#simulator/machine.ts";

const password = "a Passw0rd of 20 b.";
let machines: SimulatedMachine[] = [];

async function start(options: Partial<MachineOptions> = {}): Promise<SimulatedMachine> {
  const accounts = [
    { name: "admin", password },
    { name: "op", password, privilege: "operator" as const },
  ];
  const machine = await startBmc({
    name: `m${machines.length}`,
    clock: scaledClock(20),
    ...options,
    bmc: { address: `127.62.4.${machines.length + 1}`, accounts, ...options.bmc },
  });
  machines.push(machine);
  return machine;
}

afterEach(async () => {
  for (const { bmc } of machines) forgetWrongPassword(bmc.address, bmc.port);
  await Promise.all(machines.map((machine) => machine[Symbol.asyncDispose]()));
  machines = [];
});

const target = ({ bmc }: SimulatedMachine, own: Partial<IpmiTarget> = {}): IpmiTarget => ({
  host: bmc.address,
  port: bmc.port,
  username: "admin",
  password: new Secret(password),
  ...own,
});
const flags = (over: Partial<ReturnType<typeof BootFlags.decode>>) =>
  BootFlags.encode({ ...BootFlags.decode(new Uint8Array(5)), valid: true, ...over });

async function setBoot(session: Session, parameter: number, data: Uint8Array): Promise<void> {
  await session.send(SetSystemBootOptions, { markInvalid: false, parameter, data });
}
async function readBoot(session: Session) {
  const { data } = await session.send(GetSystemBootOptions, { parameter: BootParameter.bootFlags, set: 0, block: 0 });
  return BootFlags.decode(data);
}

test("silence, an unplugged BMC and garbage are three different things to a client", async () => {
  const machine = await start();
  machine.bmc.network.silence = true;
  await expect(Session.open(target(machine), { timeout: milliseconds(300) })).rejects.toMatchObject({
    code: "bmc.silent",
  });
  machine.bmc.network.silence = false;
  for (const kind of ["noise", "text", "truncated"] as const) {
    machine.bmc.faults.garbage = kind;
    await expect(Session.open(target(machine), { timeout: milliseconds(500) })).rejects.toMatchObject({
      code: "bmc.garbage",
    });
  }
  machine.bmc.faults.garbage = "none";
  await machine.bmc.unplug();
  await expect(Session.open(target(machine))).rejects.toMatchObject({ code: "bmc.port-unreachable" });
  await machine.bmc.plug();
  await using session = await Session.open(target(machine));
  expect(session.guid).toBe(machine.bmc.settings.guid);
});

test("a wrong password, an unknown user, a wrong K_g and a foreign suite are told apart and counted", async () => {
  const machine = await start({ bmc: { kg: "the real K_g", cipherSuites: [17] } });
  const kg = new Secret("the real K_g");
  const wrong = { password: new Secret("not the password"), kg };
  await expect(Session.open(target(machine, wrong))).rejects.toMatchObject({ code: "bmc.auth.password" });
  await vi.waitFor(() => expect(machine.bmc.counts.wrongPasswords).toBe(1), { timeout: 20_000 }); // said in RAKP 3, which nobody waits for
  forgetWrongPassword(machine.bmc.address, machine.bmc.port);
  await expect(Session.open(target(machine, { username: "nobody", kg }))).rejects.toMatchObject({
    code: "bmc.auth.user",
  });
  expect(machine.bmc.counts.unknownUsers).toBeGreaterThan(0);
  await expect(Session.open(target(machine, { kg: new Secret("another K_g") }))).rejects.toMatchObject({
    code: "bmc.auth.kg",
  });
  forgetWrongPassword(machine.bmc.address, machine.bmc.port);
  await expect(Session.open(target(machine, { cipherSuites: [3], kg }))).rejects.toMatchObject({
    code: "bmc.auth.cipher",
  });
  await using session = await Session.open(target(machine, { kg }));
  expect(session.cipherSuite).toBe(17);
});

test("an account is locked after too many wrong passwords and opens again after a while", async () => {
  const machine = await start({
    clock: scaledClock(40),
    bmc: { lockout: { after: 2, lasts: minutes(1), how: "refused" } },
  });
  for (let i = 0; i < 2; i++) {
    const wrong = target(machine, { password: new Secret("not the password") });
    await expect(Session.open(wrong)).rejects.toMatchObject({ code: "bmc.auth.password" });
    forgetWrongPassword(machine.bmc.address, machine.bmc.port);
  }
  await expect(Session.open(target(machine))).rejects.toMatchObject({ code: "bmc.auth.user" });
  await machine.server.clock.sleep(seconds(61));
  await using session = await Session.open(target(machine));
  expect(session.privilege).toBe("administrator");
});

test("a full session table refuses, and takes the next one as soon as one is closed", async () => {
  const machine = await start({ bmc: { sessionSlots: 2 } });
  const first = await Session.open(target(machine));
  await using _ = await Session.open(target(machine));
  await expect(Session.open(target(machine))).rejects.toMatchObject({ code: "bmc.sessions-full", retryable: true });
  await first.close();
  await using third = await Session.open(target(machine));
  expect(machine.bmc.openSessions.map(({ id }) => id)).toContain(third.managedSessionId);
});

test("wrong completion codes come as often as told, for the command they were told for", async () => {
  const machine = await start();
  await using session = await Session.open(target(machine));
  machine.bmc.faults.wrongCodes.set("Get Chassis Status", { code: 0xc0, times: 2 });
  machine.bmc.faults.wrongCodes.set("Chassis Identify", { code: 0xd5 });
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "off" });
  expect(machine.bmc.counts.commands.get("Get Chassis Status")).toBe(3);
  await expect(session.send(ChassisIdentify, { seconds: 5 })).rejects.toMatchObject({ completionCode: 0xd5 });
});

test("a BMC that restarts in mid-session forgets it; the server does not notice", async () => {
  const machine = await start({ server: { power: "on" } });
  await using session = await Session.open(target(machine));
  const before = session.managedSessionId;
  void machine.bmc.reboot(seconds(2));
  expect(machine.bmc.openSessions).toEqual([]);
  await machine.server.clock.sleep(seconds(3));
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "on" });
  expect(session.managedSessionId).not.toBe(before);
  expect(machine.server.boots).toEqual([]);
  expect(machine.bmc.counts.sessions).toMatchObject({ opened: 2, lost: 1 });
});

test("power that is reported late, and power commands that are answered and not obeyed", async () => {
  const machine = await start();
  await using session = await Session.open(target(machine));
  machine.bmc.faults.powerCommands = "ignored";
  await session.send(ChassisControl, { action: "powerUp" });
  expect(machine.server.powerLog).toEqual([]);
  machine.bmc.faults.powerCommands = "obeyed";
  machine.bmc.faults.powerReportedLate = minutes(10);
  await session.send(ChassisControl, { action: "powerUp" });
  await machine.server.reached("ready");
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "off" });
  machine.bmc.faults.powerReportedLate = milliseconds(0);
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "on", lastOnByCommand: true });
});

test("a reset whose answer got lost has happened, once", async () => {
  const machine = await start({ server: { power: "on" } });
  await using session = await Session.open(target(machine));
  await session.send(GetChassisStatus);
  machine.bmc.network.drop = ({ direction, about }) => direction === "out" && about === "Chassis Control";
  const lost = session.send(ChassisControl, { action: "hardReset" }, { timeout: seconds(1) });
  await expect(lost).rejects.toMatchObject({ code: "ipmi.answer-lost" });
  expect(machine.server.powerCounts.reset).toBe(1);
});

test("a doubled datagram inside a session is obeyed once", async () => {
  const machine = await start({ server: { power: "on" } });
  machine.bmc.network.duplication = 1;
  await using session = await Session.open(target(machine));
  await session.send(ChassisControl, { action: "powerCycle" });
  expect(machine.server.powerCounts.cycle).toBe(1);
  expect(machine.bmc.counts.replays).toBeGreaterThan(0);
});

test("over a line that loses, doubles and disorders, every command has its effect once and no session is left", async () => {
  const machine = await start({ server: { power: "on" }, bmc: { seed: 7 } });
  Object.assign(machine.bmc.network, { loss: 0.1, duplication: 0.2, reordering: 0.2 });
  {
    await using session = await Session.open(target(machine));
    for (let i = 0; i < 20; i++) expect(await session.send(GetChassisStatus)).toMatchObject({ power: "on" });
    machine.bmc.network.loss = 0;
  }
  expect(machine.bmc.traffic.lost).toBeGreaterThan(0);
  expect(machine.bmc.openSessions).toEqual([]);
});

test("boot flags are kept bit by bit, and an override for one boot is gone after it", async () => {
  const machine = await start();
  await using session = await Session.open(target(machine));
  await setBoot(session, BootParameter.bootFlags, flags({ uefi: true, device: "pxe", data3: 0x40 }));
  expect(await readBoot(session)).toMatchObject({
    valid: true,
    persistent: false,
    uefi: true,
    device: "pxe",
    data3: 0x40,
  });
  await session.send(ChassisControl, { action: "powerUp" });
  await machine.server.reached("ready");
  expect(machine.server.boots[0]).toMatchObject({ override: { source: "pxe", uefi: true }, from: "disk" });
  expect(await readBoot(session)).toMatchObject({ valid: false, device: "none" });
});

test("an override that is not followed by a power command is forgotten after 60 s, unless parameter 3 says otherwise", async () => {
  const machine = await start({ clock: scaledClock(40), bmc: { sessionTimeout: hours(1) } });
  await using session = await Session.open(target(machine));
  await setBoot(session, BootParameter.bootFlags, flags({ device: "pxe" }));
  await machine.server.clock.sleep(seconds(61));
  expect(await readBoot(session)).toMatchObject({ valid: false });
  const keep = { ...ValidBitClearing.decode(new Uint8Array(1)), commandTimeout: true };
  await setBoot(session, BootParameter.validBitClearing, ValidBitClearing.encode(keep));
  await setBoot(session, BootParameter.bootFlags, flags({ device: "pxe" }));
  await machine.server.clock.sleep(seconds(61));
  expect(await readBoot(session)).toMatchObject({ valid: true, device: "pxe" });
});

test("a BMC without parameter 3 says so with 80h", async () => {
  const machine = await start();
  machine.bmc.faults.parameter3 = false;
  await using session = await Session.open(target(machine));
  await expect(setBoot(session, BootParameter.validBitClearing, Uint8Array.of(0x08))).rejects.toMatchObject({
    completionCode: 0x80,
  });
});

test("an override can be dropped, stripped of its bits, reverted, or kept and ignored", async () => {
  const machine = await start();
  await using session = await Session.open(target(machine));
  const { faults } = machine.bmc;
  const set = () => setBoot(session, BootParameter.bootFlags, flags({ device: "cd", persistent: true, uefi: true }));
  faults.bootOverride = "dropped";
  await set();
  expect(await readBoot(session)).toMatchObject({ valid: false, device: "none" });
  faults.bootOverride = "bits-lost";
  await set();
  expect(await readBoot(session)).toMatchObject({ valid: false, persistent: false, uefi: false, device: "cd" });
  faults.bootOverride = "reverted";
  await set();
  await machine.server.clock.sleep(seconds(1));
  expect(await readBoot(session)).toMatchObject({ valid: false, device: "none" });
  faults.bootOverride = "ignored";
  await set();
  expect(await readBoot(session)).toMatchObject({ valid: true, persistent: true, device: "cd" });
  await session.send(ChassisControl, { action: "powerUp" });
  await machine.server.reached("ready");
  expect(machine.server.boots[0]?.override).toBeUndefined();
});

test("an operator gets no administrator's session, and privilege limits hold", async () => {
  const machine = await start();
  await using session = await Session.open(target(machine, { username: "op" }));
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "off" });
  await session.send(ChassisControl, { action: "powerUp" });
  expect(session.privilege).toBe("operator");
  const { completionCode } = await session.raw(0x06, 0x02, new Uint8Array(0));
  expect(completionCode).toBe(0xd4);
});

test("users that cannot be looked up by name alone are found by name and role", async () => {
  const machine = await start();
  machine.bmc.faults.userLookup = "role-only";
  await using session = await Session.open(target(machine));
  expect(session.nameOnlyLookup).toBe(false);
});

test("two BMCs that swapped addresses answer with each other's GUID, and to sessions of before not at all", async () => {
  const one = await start();
  const other = await start();
  const atOne = target(one);
  await using session = await Session.open(atOne);
  expect(session.guid).toBe(one.bmc.settings.guid);
  await swapAddresses(one.bmc, other.bmc);
  await using again = await Session.open(atOne);
  expect(again.guid).toBe(other.bmc.settings.guid);
  expect(one.bmc.openSessions).toEqual([]);
});

test("no bytes from the network stop it", async () => {
  const machine = await start();
  const socket = createSocket("udp4");
  const send = (bytes: Uint8Array) =>
    new Promise((done) => socket.send(bytes, machine.bmc.port, machine.bmc.address, done));
  const headers = [
    [],
    [6, 0, 255, 7],
    [6, 0, 255, 7, 0],
    [6, 0, 255, 7, 6, 0x10],
    [6, 0, 255, 7, 6, 0x12],
    [6, 0, 255, 7, 6, 0xc0],
    [6, 0, 255, 6],
  ];
  const datagrams = fc.tuple(fc.constantFrom(...headers), fc.uint8Array({ maxLength: 80 }));
  await fc.assert(
    fc.asyncProperty(datagrams, async ([header, rest]) => void (await send(Uint8Array.from([...header, ...rest])))),
    { numRuns: 500 },
  );
  await new Promise<void>((done) => socket.close(() => done()));
  machine.bmc.settings.sessionSlots = 63;
  await using session = await Session.open(target(machine));
  expect(await session.send(GetChassisStatus)).toMatchObject({ power: "off" });
  expect(machine.bmc.counts.malformed).toBeGreaterThan(0);
});
