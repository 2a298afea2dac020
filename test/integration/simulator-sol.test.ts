import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startBmc, type SimulatedMachine } from "#simulator/machine.ts";
import { needs } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";
import { openTerminal, type Terminal } from "../support/tmux.ts";

const password = "s3cret Passw0rd";
let machine: SimulatedMachine;

beforeEach(async () => {
  needs("ipmitool", "ipmiconsole", "tmux");
  // ipmiconsole takes no port above 32767.
  const accounts = [{ name: "admin", password }];
  machine = await startBmc({ name: "web01", server: { power: "on" }, bmc: { accounts, port: 7624 } });
});
afterEach(() => machine?.[Symbol.asyncDispose]());

function ipmitool(...args: readonly string[]): string[] {
  const { address, port } = machine.bmc;
  return `-I lanplus -C 17 -H ${address} -p ${port} -U admin -E`.split(" ").concat(args);
}
const env = { IPMI_PASSWORD: password };

/** The console in the hands of each of the two. */
const tools = {
  ipmitool: {
    line: (suite: number) => `ipmitool ${ipmitool("-C", String(suite), "sol", "activate").join(" ")}`,
    leave: "~.",
  },
  ipmiconsole: {
    line: (suite: number) =>
      `ipmiconsole -h ${machine.bmc.address}:${machine.bmc.port} -u admin -p '${password}' -I ${suite} --dont-steal`,
    leave: "&.",
  },
};

/** Somebody logs in and counts, and goes. */
async function sitDown(terminal: Terminal, leave: string): Promise<void> {
  await terminal.shows(/SOL (Session operational|established)/);
  await terminal.keys("Enter");
  await terminal.shows(/web01 login:$/);
  await terminal.type("root");
  await terminal.keys("Enter");
  await terminal.shows(/Password:/);
  await terminal.type("calvin");
  await terminal.keys("Enter");
  await terminal.shows(/root@web01:~#/);
  await terminal.type("count 500");
  await terminal.keys("Enter");
  const text = await terminal.shows(/\n500\nroot@web01:~#/);
  const numbers = [...text.matchAll(/^\d+$/gm)].map(([number]) => Number(number));
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
  await terminal.keys("Enter");
  await terminal.type(leave);
  await terminal.shows(/\[ended /);
}

describe.each(["ipmitool", "ipmiconsole"] as const)("%s", (tool) => {
  test.each([3, 17])("logs in on the simulated console with suite %d, and gives it back", async (suite) => {
    await using terminal = await openTerminal(tools[tool].line(suite), { env });
    await sitDown(terminal, tools[tool].leave);
    await vi.waitFor(() => expect(machine.bmc.consoleOwner).toBeUndefined(), { timeout: 20_000 });
    expect(machine.bmc.counts.sol).toMatchObject({ activated: 1, lost: 0 });
  });

  test("works over a network that loses, doubles and swaps", async () => {
    Object.assign(machine.bmc.network, { loss: 0.05, duplication: 0.1, reordering: 0.1 });
    await using terminal = await openTerminal(tools[tool].line(3), { env });
    await sitDown(terminal, tools[tool].leave);
    expect(machine.bmc.traffic.lost).toBeGreaterThan(0);
  });

  test("is told that somebody else has the console", async () => {
    machine.bmc.faults.sol.stale = "freed";
    await using terminal = await openTerminal(tools[tool].line(3), { env });
    await terminal.shows(/(already|in use|active)[^]*\[ended /i);
    expect(machine.bmc.counts.sol.activated).toBe(0);
  });
});

test("ipmiconsole loses the console to ipmitool, and is told so", async () => {
  await using first = await openTerminal(tools.ipmiconsole.line(17), { env });
  await first.shows(/SOL established/);
  const { code } = await runProgram("ipmitool", ipmitool("sol", "deactivate"), { env });
  expect(code).toBe(0);
  await first.shows(/stolen[^]*\[ended /i);
  await using second = await openTerminal(tools.ipmitool.line(17), { env });
  await sitDown(second, tools.ipmitool.leave);
});

test("ipmitool reads and writes the SOL configuration", async () => {
  expect((await runProgram("ipmitool", ipmitool("sol", "info"), { env })).stdout).toMatch(
    /Enabled +: true[^]*Privilege Level +: ADMINISTRATOR[^]*Retry Count +: 7[^]*Volatile Bit Rate \(kbps\) +: 115.2[^]*Payload Port +: \d+/,
  );
  expect((await runProgram("ipmitool", ipmitool("sol", "set", "retry-count", "3"), { env })).code).toBe(0);
  expect(machine.bmc.settings.sol.retryCount).toBe(3);
  expect((await runProgram("ipmitool", ipmitool("sol", "set", "enabled", "false"), { env })).code).toBe(0);
  expect((await runProgram("ipmitool", ipmitool("sol", "activate"), { env })).stderr).toMatch(/disabled/i);
  expect((await runProgram("ipmitool", ipmitool("sol", "payload", "status", "1", "2"), { env })).stdout).toMatch(
    /User 2 on channel 1 is enabled/,
  );
});
