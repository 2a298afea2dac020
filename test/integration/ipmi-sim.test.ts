import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startIpmiSim } from "../support/ipmi-sim.ts";
import { describeNeeding } from "../support/needs.ts";

const run = promisify(execFile);

describeNeeding("ipmi_sim", "ipmitool")("the independent BMC that other tests rely on", () => {
  test("obeys ipmitool and remembers what it was told", async () => {
    await using sim = await startIpmiSim();
    const tool = async (...args: string[]) => (await run("ipmitool", sim.ipmitool(...args))).stdout;
    expect(await tool("chassis", "power", "status")).toContain("Chassis Power is off");
    await tool("chassis", "power", "on");
    expect(sim.power()).toBe("on");
    await tool("chassis", "power", "reset");
    await tool("chassis", "power", "soft");
    expect(await tool("chassis", "power", "status")).toContain("Chassis Power is off");
    expect(sim.orders()).toEqual(["power 1", "reset 1", "shutdown 1"]);
    const reversed = Buffer.from(sim.guid, "hex").reverse().toString("hex");
    expect((await tool("mc", "guid")).replaceAll("-", "")).toContain(reversed);
  });

  test("can ignore a soft shutdown, and asks for K_g when it has one", async () => {
    await using sim = await startIpmiSim({ soft: "ignored", power: "on", kg: "0123456789abcdef" });
    await expect(run("ipmitool", sim.ipmitool("-R", "1", "chassis", "power", "status"))).rejects.toThrow();
    const tool = (...args: string[]) => run("ipmitool", sim.ipmitool("-k", "0123456789abcdef", ...args));
    await tool("chassis", "power", "soft");
    expect((await tool("chassis", "power", "status")).stdout).toContain("Chassis Power is on");
  });

  test("refuses an address that another one already serves", async () => {
    await using sim = await startIpmiSim();
    await expect(startIpmiSim({ address: sim.address })).rejects.toThrow("is taken");
  });
});
