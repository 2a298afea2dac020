import { expect, test } from "vitest";
import { startOperator } from "./support/estate.ts";
import { startLabServer } from "./support/server.ts";

const resets = (orders: readonly string[]) => orders.filter((order) => order === "reset 1").length;

test("a server that finds its disk at the third boot only is woken, does a job, and is shut down by ACPI", async () => {
  await using server = await startLabServer({ absentBoots: 2 });
  await using operator = startOperator(server);

  const woken = await operator.json("wake", "node1");
  expect(woken.result, JSON.stringify(woken.lines, null, 1)).toMatchObject({
    ok: true,
    workflow: "wake",
    machine: "node1",
    tries: [
      { n: 1, action: "on", endedBy: "timeout" },
      { n: 2, action: "reset", endedBy: "timeout" },
      { n: 3, action: "reset", endedBy: "ready" },
    ],
  });
  expect(woken.code).toBe(0);
  expect(server.orders()).toEqual(["power 1", "reset 1", "reset 1"]);
  expect(server.boots()).toBe(3);
  expect(server.serial().split("No bootable device.")).toHaveLength(3);
  expect(await server.inside("cat /sys/class/dmi/id/product_serial")).toBe("SN-NODE1\n");

  // Awake already: proven by a look, nothing pressed.
  const again = await operator.rackhand("wake", "node1");
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain("already");

  // The job talks to the machine; the power stays as it was.
  const { host, port, keyFile } = server.ssh;
  const login = [
    "-i",
    keyFile,
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
  ];
  const ssh = ["ssh", ...login, "-p", String(port), `root@${host}`];
  const job = await operator.rackhand("run", "node1", "--", ...ssh, "echo snapshot of $(hostname); exit 7");
  expect(job.stdout, job.stderr).toBe("snapshot of node1\n");
  expect(job.code, job.stderr).toBe(7);
  expect(server.pid()).toBeDefined();

  const stopped = await operator.json("stop", "node1");
  expect(stopped.result).toMatchObject({ ok: true, workflow: "stop", machine: "node1" });
  expect(stopped.code).toBe(0);
  expect(server.pid()).toBeUndefined();
  expect(server.serial()).toContain("power button pressed");
  expect(server.serial()).toContain("reboot: Power down");
  expect(server.orders()).toEqual(["power 1", "reset 1", "reset 1", "shutdown 1"]);
});

test("run wakes a machine that is off, does the job, and leaves it off as it found it", async () => {
  await using server = await startLabServer({ absentBoots: 1 });
  await using operator = startOperator(server, { ready: "command" });

  const done = await operator.rackhand("run", "node1", "--", "sh", "-c", "echo done; exit 3");
  expect(done.stdout, done.stderr).toBe("done\n");
  expect(done.code, done.stderr).toBe(3);
  expect(server.pid()).toBeUndefined();
  expect(server.serial()).toContain("reboot: Power down");
  expect(server.orders()).toEqual(["power 1", "reset 1", "shutdown 1"]);
});

test("a server whose disk never comes back is given up after the tries it was allowed, with the reason", async () => {
  await using server = await startLabServer({ absentBoots: 99 });
  await using operator = startOperator(server, { within: "6s", tries: 3 });

  const given = await operator.json("wake", "node1");
  expect(given.code).toBe(1);
  expect(given.result).toMatchObject({ ok: false, error: { code: "wake.gave-up" } });
  expect(resets(server.orders())).toBe(2);
});

test("rackhand and ipmitool read the same from the same BMC while the machine goes up and down", async () => {
  await using server = await startLabServer();
  await using operator = startOperator(server);
  const power = async () => (await operator.json("power", "node1", "status")).lines[0];

  expect(await power()).toMatchObject({ machine: "node1", power: "off" });
  expect((await operator.rackhand("power", "node1", "on", "--yes=1")).code).toBe(0);
  expect(await power()).toMatchObject({ machine: "node1", power: "on" });
  expect((await operator.rackhand("power", "node1", "off", "--yes=1")).code).toBe(0);
  expect(await power()).toMatchObject({ machine: "node1", power: "off" });
  expect(server.orders()).toEqual(["power 1", "power 0"]);
});
