import { expect, test } from "vitest";
import { systemClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { openTerminal } from "../test/support/tmux.ts";
import { root } from "../test/support/shared.ts";
import { counted, sit } from "../test/support/serial.ts";
import { startOperator } from "./support/estate.ts";
import { startLabServer } from "./support/server.ts";

test("a person logs in on the real serial console over SOL, works there, and goes", async () => {
  await using server = await startLabServer();
  await using operator = startOperator(server);
  expect((await operator.rackhand("wake", "node1")).code).toBe(0);
  const env = { RACKHAND_ESTATE: operator.estate, RACKHAND_STATE: operator.state, ...operator.env };
  await using terminal = await openTerminal(`'${root}/bin/rackhand' console node1`, { env });
  await terminal.shows(/~\. leaves/);
  await terminal.keys("Enter");
  await terminal.shows(/node1 login:$/, 30_000);
  await terminal.type("root");
  await terminal.keys("Enter");
  await terminal.shows(/Password:$/);
  await terminal.type("lab-node1");
  await terminal.keys("Enter");
  await terminal.shows(/#$/);
  await terminal.type("cat /sys/class/dmi/id/product_serial; tty");
  await terminal.keys("Enter");
  await terminal.shows(/\nSN-NODE1\n\/dev\/ttyS0\n/);
  await terminal.keys("C-d");
  await terminal.shows(/node1 login:$/, 30_000);
  await terminal.keys("Enter");
  await terminal.type("~.");
  expect(await terminal.shows(/\[ended \d+\]/)).toContain("[ended 0]");
});

test("a megabyte at the pace of a serial line comes through byte for byte", async () => {
  await using server = await startLabServer();
  await using operator = startOperator(server);
  expect((await operator.rackhand("wake", "node1")).code).toBe(0);
  const { bmc } = server;
  const target = { address: bmc.address, port: bmc.port, username: bmc.user, password: new Secret(bmc.password) };
  await using at = await sit({ ...target, cipherSuites: [3] }, systemClock);
  const numbers = 160_000;
  const wanted = counted(1, numbers);
  expect(wanted.length).toBeGreaterThan(1_000_000);
  const tenth = 1152;
  const blocks = Math.ceil(wanted.length / tenth);
  // No line discipline in between: what is written is what is sent. A tenth of a second's worth at a time.
  const send = `i=0; while [ $i -lt ${blocks} ]; do dd if=/run/numbers bs=${tenth} count=1 skip=$i 2>/dev/null; usleep 75000; i=$((i+1)); done`;
  await server.inside(`stty -F /dev/ttyS0 raw -echo 115200; seq 1 ${numbers} >/run/numbers; (${send}) >/dev/ttyS0`);
  await expect.poll(() => at.text().endsWith(`\n${numbers}\n`), { timeout: 60_000, interval: 500 }).toBe(true);
  expect(at.seen).toEqual([{ type: "connected" }]);
  // The history that ipmi_sim keeps comes before it.
  expect(at.text().slice(-wanted.length) === wanted).toBe(true);
});
