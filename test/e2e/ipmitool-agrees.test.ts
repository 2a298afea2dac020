import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonLines, rackhand, type CliResult } from "../support/cli.ts";
import { startIpmiSim, type IpmiSim } from "../support/ipmi-sim.ts";
import { describeNeeding } from "../support/needs.ts";
import { temporaryState, type TemporaryState } from "../support/state.ts";

const run = promisify(execFile);

describeNeeding("ipmi_sim", "ipmitool")("rackhand and ipmitool, asking the same ipmi_sim", () => {
  let sim: IpmiSim;
  let state: TemporaryState;
  let estate: string;

  beforeAll(async () => {
    sim = await startIpmiSim({ guid: "00112233445566778899aabbccddeeff" });
    state = temporaryState();
    estate = mkdtempSync(join(tmpdir(), "rackhand-estate-"));
    const credentials = {
      kind: "Credentials",
      name: "c",
      for: ["bmc"],
      username: sim.user,
      password: { env: "SIM_PW" },
    };
    const machine = { kind: "Machine", name: "m", bmc: { address: `${sim.address}:${sim.port}`, credentials: "c" } };
    writeFileSync(
      join(estate, "rackhand.yaml"),
      `---\n${JSON.stringify(machine)}\n---\n${JSON.stringify(credentials)}\n`,
    );
  });
  afterAll(async () => {
    await sim.stop();
    await state[Symbol.asyncDispose]();
    rmSync(estate, { recursive: true, force: true });
  });

  const ipmitool = async (...args: string[]) => (await run("ipmitool", sim.ipmitool(...args))).stdout;
  const ours = (...args: string[]): Promise<CliResult> =>
    rackhand([...args, "--json"], { estate, state: state.dir, env: { SIM_PW: sim.password } });
  const row = async (...args: string[]) => {
    const done = await ours(...args);
    expect(done.code, done.stdout + done.stderr).toBe(0);
    return jsonLines(done)[0] ?? {};
  };
  /** What ipmitool prints as `Name : value`. */
  const field = (text: string, name: string) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1]?.trim();

  test("see the same controller: GUID, firmware, product, IPMI version", async () => {
    const [mine, info, guid] = [
      await row("probe", "m"),
      await ipmitool("mc", "info"),
      await ipmitool("mc", "guid", "smbios"),
    ];
    expect(mine["guid"]).toBe(field(guid, "System GUID"));
    expect(mine["firmware"]).toBe(field(info, "Firmware Revision"));
    expect(mine["ipmiVersion"]).toBe(field(info, "IPMI Version"));
    expect(mine["product"]).toBe(field(info, "Product ID"));
    expect(mine["cipherSuite"]).toBe(3);
  });

  test("see the same power, whichever of the two changed it", async () => {
    for (const [change, expected] of [
      [() => ipmitool("chassis", "power", "on"), "on"],
      [() => ipmitool("chassis", "power", "soft"), "off"],
      [() => ours("power", "m", "on"), "on"],
      [() => ours("power", "m", "off"), "off"],
    ] as const) {
      await change();
      expect(await row("power", "m", "status")).toMatchObject({ machine: "m", power: expected });
      expect((await ipmitool("chassis", "power", "status")).trim()).toBe(`Chassis Power is ${expected}`);
    }
  });

  test.each([
    ["pxe", "Force PXE"],
    ["cd", "Force Boot from CD/DVD"],
    ["bios", "Force Boot into BIOS Setup"],
  ])("see the same boot device, whichever of the two set it: %s", async (device, words) => {
    const theirs = async () =>
      / - Boot Device Selector : (.*)/.exec(await ipmitool("chassis", "bootparam", "get", "5"))?.[1];
    await ipmitool("chassis", "bootdev", "none");
    expect((await ours("boot", "m", device)).code).toBe(0);
    expect(await theirs()).toBe(words);
    await ipmitool("chassis", "bootdev", "none");
    await ipmitool("chassis", "bootdev", device === "cd" ? "cdrom" : device);
    expect(await theirs()).toBe(words);
    expect(await row("boot", "m")).toMatchObject({ machine: "m", device });
  });

  test("it is said, and remembered as a quirk, that this BMC does not keep the validity of boot flags", async () => {
    const set = await ours("boot", "m", "pxe");
    expect(jsonLines(set).at(-1)).toMatchObject({ ok: true, notKept: expect.arrayContaining(["valid"]) });
    expect(await row("probe", "m")).toMatchObject({ quirks: expect.arrayContaining(["boot-flags-not-kept"]) });
  });
});
