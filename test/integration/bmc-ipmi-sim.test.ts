import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import type { BmcFacts, IpmiBmcTarget } from "#bmc/bmc.ts";
import { connect } from "#bmc/connect.ts";
import { ensurePower, pressPower } from "#bmc/power.ts";
import { startIpmiSim, type IpmiSim } from "../support/ipmi-sim.ts";
import { describeNeeding } from "../support/needs.ts";

const run = promisify(execFile);
const quick = { within: seconds(20), every: milliseconds(50) };

describeNeeding("ipmi_sim", "ipmitool")("a controller of independent make", () => {
  let sim: IpmiSim;
  beforeAll(async () => {
    sim = await startIpmiSim();
  });
  afterAll(() => sim.stop());

  const target = (known?: BmcFacts): IpmiBmcTarget => ({
    kind: "ipmi",
    machine: "m1",
    address: sim.address,
    port: sim.port,
    username: sim.user,
    password: new Secret(sim.password, "test"),
    ...(known ? { known } : {}),
  });
  const ipmitool = async (...args: string[]) => (await run("ipmitool", sim.ipmitool(...args))).stdout;

  test("is switched on, and ipmitool sees it on", async () => {
    await using bmc = connect(target());
    expect(bmc.key).toBe(`ipmi:${sim.address}:${sim.port}`);
    expect(await ensurePower(bmc, "on", quick)).toBe("on");
    await bmc.rest();
    expect(await ipmitool("chassis", "power", "status")).toContain("is on");
    expect(sim.orders().filter((order) => order.startsWith("power"))).toEqual(["power 1"]);
  });

  test("is reset once, shut down once, and read off", async () => {
    await using bmc = connect(target());
    await ensurePower(bmc, "on", quick);
    const before = sim.orders().length;
    await pressPower(bmc, "reset", quick);
    await ensurePower(bmc, "off", { ...quick, how: "soft" });
    expect(sim.orders().slice(before)).toEqual(["reset 1", "shutdown 1"]);
    await bmc.rest();
    expect(await ipmitool("chassis", "power", "status")).toContain("is off");
  });

  test("tells who it is as it tells ipmitool", async () => {
    await using bmc = connect(target());
    const info = await bmc.identity?.read();
    await bmc.rest();
    const said = await ipmitool("mc", "info");
    expect(said).toMatch(new RegExp(`Firmware Revision +: ${info?.firmware?.replace(/\.0?/, "\\.0?")}`));
    expect(said).toMatch(new RegExp(`IPMI Version +: ${info?.ipmiVersion}`));
    expect(said).toContain(info?.product);
    expect((await ipmitool("mc", "guid")).replaceAll("-", "")).toContain(
      (sim.guid.match(/../g) ?? []).toReversed().join(""),
    );
  });

  test("forgets bits of the boot flags: reported, learnt as a quirk, and the device is still compared", async () => {
    const learnt: BmcFacts[] = [];
    await using bmc = connect(target(), { onFacts: (_, facts) => void learnt.push(facts) });
    const set = await bmc.boot?.set({ device: "pxe", persistence: "once", uefi: true });
    expect(set).toMatchObject({ override: { device: "pxe" }, notKept: ["valid", "uefi"] });
    expect(learnt.at(-1)?.quirks).toEqual(["boot-flags-not-kept"]);
    await bmc.rest();
    expect(await ipmitool("chassis", "bootparam", "get", "5")).toContain("Force PXE");
    expect(await bmc.boot?.set({ device: "none", persistence: "once" })).toMatchObject({
      override: { device: "none" },
    });
    expect(sim.boot()).toBe("default");
  });

  test("blinks", async () => {
    await using bmc = connect(target());
    await bmc.identify?.light("forever");
    await bmc.identify?.light(seconds(0));
    expect(sim.orders().slice(-2)).toEqual(["identify 0 1", "identify 0 0"]);
  });

  test("answers raw requests, completion code first", async () => {
    await using bmc = connect(target());
    const answer = await bmc.raw?.(0x06, 0x01, new Uint8Array());
    expect([...(answer ?? [])].slice(0, 4)).toEqual([0x00, 0x01, 0x01, 0x02]);
    expect([...((await bmc.raw?.(0x06, 0xff, new Uint8Array())) ?? [])]).toEqual([0xc1]);
  });

  test("is refused when its GUID is not the recorded one", async () => {
    await using bmc = connect(target({ guid: "00112233-4455-6677-8899-aabbccddeeff" }));
    await expect(bmc.power.status()).rejects.toMatchObject({ code: "bmc.stranger", exitCode: 4 });
  });

  test("is known by its GUID in each spelling that people use", async () => {
    for (const guid of [sim.guid, "674523A1-AB89-EFCD-A123-456789ABCDEF"]) {
      await using bmc = connect(target({ guid }));
      expect(await bmc.power.status()).toBe("off");
    }
  });
});
