import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startLabServer, type LabServer } from "./support/server.ts";

// The lab itself, proven with ipmitool and OpenSSH alone: what rackhand does in it rests on this.
const run = promisify(execFile);

async function until(what: string, seconds: number, true_: () => Promise<boolean> | boolean): Promise<void> {
  for (let looks = 0; looks < seconds * 4; looks++) {
    if (await true_()) return;
    await sleep(250);
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

const up = (server: LabServer) =>
  server.inside("true").then(
    () => true,
    () => false,
  );

test("the server finds its disk at the third boot only, and shuts down when its power button is pressed", async () => {
  await using server = await startLabServer({ absentBoots: 2 });
  const ipmitool = async (...args: string[]) => (await run("ipmitool", server.bmc.ipmitool(...args))).stdout.trim();
  const given = (n: number) => () => server.serial().split("No bootable device.").length - 1 === n;

  expect(await ipmitool("chassis", "power", "status")).toBe("Chassis Power is off");
  await ipmitool("chassis", "power", "on");
  await until("first boot gives up", 60, given(1));
  await ipmitool("chassis", "power", "reset");
  await until("second boot gives up", 60, given(2));
  expect(await up(server)).toBe(false);
  await ipmitool("chassis", "power", "reset");
  await until("sshd answers", 120, () => up(server));
  expect(await server.inside("cat /sys/class/dmi/id/product_serial")).toBe("SN-NODE1\n");
  expect(server.boots()).toBe(3);

  await ipmitool("chassis", "power", "soft");
  await until("off", 60, async () => (await ipmitool("chassis", "power", "status")) === "Chassis Power is off");
  expect(server.serial()).toContain("power button pressed");
  expect(server.serial()).toContain("reboot: Power down");
  expect(server.pid()).toBeUndefined();
  expect(server.orders()).toEqual(["power 1", "reset 1", "reset 1", "shutdown 1"]);
});
