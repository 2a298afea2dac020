import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scaledClock, systemClock } from "#base/clock.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { startBmc, type MachineOptions, type SimulatedMachine } from "#simulator/machine.ts";
import { needs } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";

const password = "s3cret Passw0rd20byt";
let machine: SimulatedMachine;

async function start(options: Partial<MachineOptions> = {}): Promise<void> {
  await machine?.[Symbol.asyncDispose]();
  const accounts = [
    { name: "ADMIN", password },
    { name: "op", password: "oppass", privilege: "operator" as const },
  ];
  machine = await startBmc({
    name: "web01",
    clock: scaledClock(20),
    ...options,
    bmc: { address: "127.62.1.1", accounts, guid: "00112233445566778899aabbccddeeff", ...options.bmc },
  });
}

async function ipmitool(
  suite: number,
  args: readonly string[],
  options: { kg?: string; user?: string; password?: string } = {},
) {
  const { address, port } = machine.bmc;
  const key = options.kg === undefined ? [] : ["-K"];
  const user = options.user ?? "ADMIN";
  return runProgram(
    "ipmitool",
    [
      "-I",
      "lanplus",
      "-H",
      address,
      "-p",
      String(port),
      "-U",
      user,
      "-E",
      ...key,
      "-C",
      String(suite),
      "-R",
      "2",
      "-N",
      "1",
      ...args,
    ],
    { env: { IPMI_PASSWORD: options.password ?? password, IPMI_KGKEY: options.kg ?? "" } },
  );
}

beforeEach(async () => {
  needs("ipmitool");
  await start();
});
afterEach(() => machine?.[Symbol.asyncDispose]());

describe.for([[3], [17]])("ipmitool with cipher suite %d", ([suite = 0]) => {
  test("reads and changes the power, and closes each session that it opened", async () => {
    expect((await ipmitool(suite, ["chassis", "power", "status"])).stdout).toBe("Chassis Power is off\n");
    expect(await ipmitool(suite, ["chassis", "power", "on"])).toMatchObject({
      code: 0,
      stdout: "Chassis Power Control: Up/On\n",
    });
    await machine.server.reached("ready");
    expect((await ipmitool(suite, ["chassis", "status"])).stdout).toContain("System Power         : on");
    expect(await ipmitool(suite, ["chassis", "power", "soft"])).toMatchObject({ code: 0 });
    await machine.server.reached("off");
    expect(machine.server.powerCounts).toMatchObject({ on: 1, soft: 1 });
    expect(machine.server.powerLog[0]).toMatchObject({ action: "on", by: "ADMIN@127.0.0.1" });
    expect(machine.bmc.counts.sessions).toMatchObject({ opened: 4, closed: 4 });
    expect(machine.bmc.openSessions).toEqual([]);
  });

  test("reset and cycle of a machine that is off are refused, as on real controllers", async () => {
    for (const action of ["reset", "cycle"]) {
      const answer = await ipmitool(suite, ["chassis", "power", action]);
      expect(answer.code).toBe(1);
      expect(answer.stderr).toMatch(/not supported in present state/i);
    }
    expect(machine.server.powerLog).toEqual([]);
  });

  test("sets a boot device and reads the same back, with validity, persistence and UEFI bits", async () => {
    await ipmitool(suite, ["chassis", "bootdev", "pxe", "options=efiboot,persistent"]);
    const read = await ipmitool(suite, ["chassis", "bootparam", "get", "5"]);
    expect(read.stdout).toContain("Boot parameter data: e004000000");
    expect(read.stdout).toContain("Options apply to all future boots");
    expect(machine.server.override.get()).toEqual({ source: "pxe", persistent: true, uefi: true });
    await ipmitool(suite, ["chassis", "bootdev", "bios"]);
    expect((await ipmitool(suite, ["chassis", "bootparam", "get", "5"])).stdout).toContain(
      "Boot parameter data: 8018000000",
    );
  });

  test("tells about itself: mc info, mc guid, session info, users", async () => {
    expect((await ipmitool(suite, ["mc", "info"])).stdout).toMatch(/IPMI Version +: 2\.0/);
    expect((await ipmitool(suite, ["mc", "guid"])).stdout.replaceAll("-", "").toLowerCase()).toContain("ddeeff");
    const sessions = (await ipmitool(suite, ["session", "info", "active"])).stdout;
    expect(sessions).toMatch(/active sessions +: 1/);
    expect(sessions).toMatch(/session type +: IPMIv2\/RMCP\+/);
    expect((await ipmitool(suite, ["user", "list", "1"])).stdout).toMatch(/^2 +ADMIN .*ADMINISTRATOR/m);
    expect((await ipmitool(suite, ["mc", "selftest"])).stdout).toBe("Selftest: passed\n");
  });

  test("needs the right K_g where one is set, and only there", async () => {
    const kg = "twenty byte K_g key!";
    machine.bmc.settings.kg = kg;
    expect(await ipmitool(suite, ["power", "status"], { kg })).toMatchObject({
      code: 0,
      stdout: "Chassis Power is off\n",
    });
    expect(await ipmitool(suite, ["power", "status"], { kg: "another key" })).toMatchObject({ code: 1 });
    expect(await ipmitool(suite, ["power", "status"])).toMatchObject({ code: 1 });
    expect(machine.bmc.counts.wrongPasswords).toBe(0);
  });

  test("a wrong password opens nothing and leaves nothing", async () => {
    expect(await ipmitool(suite, ["power", "status"], { password: "wrong" })).toMatchObject({ code: 1 });
    await machine.server.clock.sleep(seconds(11));
    expect(machine.bmc.openSessions).toEqual([]);
    expect(machine.bmc.counts.sessions).toMatchObject({ begun: 1, opened: 0, abandoned: 1 });
  });
});

test("ipmitool finds the offered suites, and no session is had with another one", async () => {
  await start({ bmc: { cipherSuites: [17] } });
  expect((await ipmitool(17, ["channel", "getciphers", "ipmi", "1"])).stdout).toMatch(
    /^17 +N\/A +hmac_sha256 +sha256_128 +aes_cbc_128/m,
  );
  expect(await ipmitool(3, ["power", "status"])).toMatchObject({ code: 1 });
});

test("suites 1, 2, 15 and 16, which sign or hide less, work where they are offered", async () => {
  await start({ bmc: { cipherSuites: [1, 2, 15, 16] } });
  for (const suite of [1, 2, 15, 16]) {
    expect(await ipmitool(suite, ["power", "status"]), `suite ${suite}`).toMatchObject({ code: 0 });
  }
});

test("an operator may switch, but is not made an administrator", async () => {
  const operator = { user: "op", password: "oppass" };
  expect((await ipmitool(3, ["power", "on"], operator)).code).toBe(1);
  expect(await ipmitool(3, ["-L", "OPERATOR", "power", "on"], operator)).toMatchObject({ code: 0 });
  expect(await ipmitool(3, ["-L", "OPERATOR", "raw", "0x06", "0x02"], operator)).toMatchObject({ code: 1 });
});

test("the session table fills up, refuses, and frees itself when sessions were idle too long", async () => {
  await start({ clock: systemClock, bmc: { sessionSlots: 1 } });
  machine.bmc.network.drop = ({ direction, about }) => direction === "in" && about === "Close Session";
  expect((await ipmitool(3, ["power", "status"])).stdout).toBe("Chassis Power is off\n");
  expect(machine.bmc.openSessions).toHaveLength(1);
  expect(await ipmitool(3, ["power", "status"])).toMatchObject({ code: 1 });
  expect(machine.bmc.counts.sessions.refused).toBeGreaterThan(0);
  machine.bmc.settings.sessionTimeout = milliseconds(1);
  await machine.server.clock.sleep(milliseconds(5));
  expect(machine.bmc.openSessions).toEqual([]);
  machine.bmc.settings.sessionTimeout = seconds(60);
  expect(await ipmitool(3, ["power", "status"])).toMatchObject({ code: 0 });
});

test("late, doubled and disordered answers do not confuse it", async () => {
  Object.assign(machine.bmc.network, { delay: [milliseconds(0), milliseconds(400)], duplication: 0.3 });
  for (let i = 0; i < 3; i++) {
    expect(await ipmitool(3, ["power", "status"])).toMatchObject({ code: 0, stdout: "Chassis Power is off\n" });
  }
  expect(machine.bmc.traffic.duplicated).toBeGreaterThan(0);
  expect(machine.bmc.openSessions).toEqual([]);
});

test("a cold reset of the controller takes its sessions, and the server runs on", async () => {
  await start({ server: { power: "on" } });
  expect(await ipmitool(3, ["mc", "reset", "cold"])).toMatchObject({ code: 0 });
  expect(machine.bmc.openSessions).toEqual([]);
  await machine.server.clock.sleep(seconds(6));
  expect((await ipmitool(3, ["power", "status"])).stdout).toBe("Chassis Power is on\n");
  expect(machine.server.boots).toEqual([]);
});
