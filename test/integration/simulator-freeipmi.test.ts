import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { startFleet, type Fleet } from "#simulator/fleet.ts";
import { startBmc, type SimulatedMachine } from "#simulator/machine.ts";
import { needs } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";

const account = { name: "admin", password: "secret" };
let machine: SimulatedMachine;

beforeEach(async () => {
  needs("ipmipower", "bmc-info");
  machine = await startBmc({
    name: "web01",
    clock: scaledClock(20),
    bmc: { address: "127.62.2.1", accounts: [account] },
  });
});
afterEach(() => machine?.[Symbol.asyncDispose]());

const login = (suite: number) => ["-D", "LAN_2_0", "-I", String(suite), "-u", account.name, "-p", account.password];

function freeipmi(program: string, suite: number, args: readonly string[]) {
  const { address, port } = machine.bmc;
  return runProgram(program, [...login(suite), "-h", `${address}:${port}`, "--session-timeout=4000", ...args]);
}

describe.for([[3], [17]])("FreeIPMI with cipher suite %d", ([suite = 0]) => {
  test("ipmipower reads the power, switches it and waits until it is so", async () => {
    expect((await freeipmi("ipmipower", suite, ["--stat"])).stdout).toBe("127.62.2.1: off\n");
    expect((await freeipmi("ipmipower", suite, ["--on", "--wait-until-on"])).stdout).toBe("127.62.2.1: ok\n");
    await machine.server.reached("ready");
    expect((await freeipmi("ipmipower", suite, ["--reset"])).stdout).toBe("127.62.2.1: ok\n");
    expect((await freeipmi("ipmipower", suite, ["--off", "--wait-until-off"])).stdout).toBe("127.62.2.1: ok\n");
    expect((await freeipmi("ipmipower", suite, ["--stat"])).stdout).toBe("127.62.2.1: off\n");
    expect(machine.server.powerCounts).toMatchObject({ on: 1, reset: 1, off: 1 });
    // It leaves the session of a bare reset open, and waits for no answer to a Close Session.
    await vi.waitFor(() => expect(machine.bmc.counts.sessions).toMatchObject({ opened: 5, closed: 4 }), {
      timeout: 20_000,
    });
  });

  test("ipmipower needs the right K_g where one is set", async () => {
    machine.bmc.settings.kg = "0x0102030405060708090a0b0c0d0e0f1011121314";
    expect((await freeipmi("ipmipower", suite, ["-k", machine.bmc.settings.kg, "--stat"])).stdout).toBe(
      "127.62.2.1: off\n",
    );
    expect((await freeipmi("ipmipower", suite, ["-k", "wrong", "--stat"])).stdout).toMatch(/k_g/i);
  });

  test("ipmipower says that the password is wrong when it is", async () => {
    const { address, port } = machine.bmc;
    const wrong = [
      "-D",
      "LAN_2_0",
      "-I",
      String(suite),
      "-u",
      account.name,
      "-p",
      "wrong",
      "-h",
      `${address}:${port}`,
      "--stat",
    ];
    expect((await runProgram("ipmipower", wrong)).stdout).toMatch(/password invalid/);
    expect(machine.bmc.counts.sessions.opened).toBe(0);
  });

  test("bmc-info and ipmi-chassis read the controller and the chassis", async () => {
    expect((await freeipmi("bmc-info", suite, [])).stdout).toMatch(/IPMI Version +: 2\.0/);
    expect((await freeipmi("ipmi-chassis", suite, ["--get-chassis-status"])).stdout).toMatch(/System Power +: off/);
  });
});

test("ipmipower asks twenty simulated machines at once and gets every answer", async () => {
  await using fleet: Fleet = await startFleet(
    Array.from({ length: 20 }, (_, i) => ({
      name: `node${i}`,
      server: { power: i % 2 === 0 ? ("on" as const) : ("off" as const) },
      bmc: { address: `127.62.3.${i + 1}`, port: 6231, accounts: [account] },
    })),
  );
  const hosts = fleet.machines.map(({ bmc }) => `${bmc.address}:${bmc.port}`).join(",");
  const { stdout } = await runProgram("ipmipower", [...login(17), "-h", hosts, "--stat"]);
  expect(stdout.match(/: on$/gm)).toHaveLength(10);
  expect(stdout.match(/: off$/gm)).toHaveLength(10);
});
