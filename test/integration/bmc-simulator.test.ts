import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { scaledClock, systemClock, type Clock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import type { BmcFacts, IpmiBmcTarget } from "#bmc/bmc.ts";
import { connect } from "#bmc/connect.ts";
import { openLedger } from "#bmc/ledger.ts";
import { ensurePower, pressPower } from "#bmc/power.ts";
import { startBmc, swapAddresses, type SimulatedMachine } from "#simulator/machine.ts";

const root = path.resolve(import.meta.dirname, "../..");
const dir = mkdtempSync(path.join(tmpdir(), "rackhand-bmc-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const quick = { within: seconds(20), every: milliseconds(50) };
const password = "correct horse";

let count = 0;
/** A machine that boots at once, at an address that no other test has. */
function simulated(options: Partial<Parameters<typeof startBmc>[0]> = {}): Promise<SimulatedMachine> {
  const address = `127.61.${process.pid % 250}.${++count}`;
  const times = { relay: milliseconds(20), offTime: milliseconds(50), post: milliseconds(50), boot: milliseconds(50) };
  return startBmc({
    name: `m${count}`,
    ...options,
    server: { shutdown: milliseconds(50), ...times, ...options.server },
    bmc: { address, ...options.bmc },
  });
}

const targetOf = ({ name, bmc }: SimulatedMachine, more: Partial<IpmiBmcTarget> = {}): IpmiBmcTarget => ({
  kind: "ipmi",
  machine: name,
  address: bmc.address,
  port: bmc.port,
  username: "admin",
  password: new Secret(password, "test"),
  ...more,
});

test("every command session is closed, and the next call opens another", async () => {
  await using machine = await simulated();
  {
    await using bmc = connect(targetOf(machine));
    expect(await bmc.power.status()).toBe("off");
    expect(machine.bmc.openSessions.length).toBe(1);
    await bmc.rest();
    expect(machine.bmc.openSessions.length).toBe(0);
    expect(await bmc.power.status()).toBe("off");
  }
  expect(machine.bmc.openSessions.length).toBe(0);
  expect(machine.bmc.counts.sessions).toMatchObject({ opened: 2, closed: 2 });
});

test("a session that nobody uses is given back by itself", async () => {
  await using machine = await simulated();
  await using bmc = connect(targetOf(machine), { clock: scaledClock(20) });
  await bmc.power.status();
  await expect.poll(() => machine.bmc.openSessions.length, { timeout: 5000 }).toBe(0);
});

test("two who talk to one BMC take turns: never two sessions at once", async () => {
  await using machine = await simulated();
  let most = 0;
  machine.bmc.faults.beforeCommand = () => {
    most = Math.max(most, machine.bmc.openSessions.length);
  };
  await using one = connect(targetOf(machine));
  await using other = connect(targetOf(machine));
  const many = Array.from({ length: 5 }, () => [one.power.status(), other.power.status()]).flat();
  expect(new Set(await Promise.all(many))).toEqual(new Set(["off"]));
  expect(most).toBe(1);
});

test("a session kept by one process goes as soon as another process asks", async () => {
  await using machine = await simulated();
  await using mine = connect(targetOf(machine));
  await mine.power.status();
  const seen = await inAnotherProcess(machine, "console.log(await bmc.power.status());");
  expect(seen.trim()).toBe("off");
  expect(machine.bmc.counts.sessions).toMatchObject({ opened: 2, closed: 2 });
});

test("what a killed process left open is closed by the next that talks to the BMC", async () => {
  await using machine = await simulated({ bmc: { address: "127.61.0.1" } });
  for (let kill = 0; kill < 3; kill++) {
    await inAnotherProcess(machine, "await bmc.power.status(); process.kill(process.pid, 'SIGKILL');");
    expect(machine.bmc.openSessions.length).toBe(1);
  }
  await using bmc = connect(targetOf(machine), { ledger: openLedger(dir) });
  await bmc.power.status();
  expect(machine.bmc.openSessions.length).toBe(1);
  await bmc.rest();
  expect(machine.bmc.openSessions.length).toBe(0);
  expect(readdirSync(path.join(dir, "sessions"))).toEqual([]);
});

test("nothing in the ledger is a secret, and a ledger that cannot be written stops nobody", async () => {
  await using machine = await simulated();
  const blocked = path.join(dir, "a-file");
  writeFileSync(blocked, "");
  await using bmc = connect(targetOf(machine), { ledger: openLedger(blocked) });
  expect(await bmc.power.status()).toBe("off");
});

test("two BMCs that swapped addresses are refused before a command is sent", async () => {
  await using one = await simulated();
  await using other = await simulated();
  const learnt = new Map<string, BmcFacts>();
  const onFacts = (machine: string, facts: BmcFacts) => void learnt.set(machine, facts);
  {
    await using first = connect(targetOf(one), { onFacts });
    await first.power.status();
  }
  const known = learnt.get(one.name) ?? {};
  expect(known).toMatchObject({ guid: one.bmc.settings.guid, cipherSuite: 17, nameOnlyLookup: true });
  const target = targetOf(one, { known });
  await swapAddresses(one.bmc, other.bmc);
  await using bmc = connect(target);
  await expect(ensurePower(bmc, "on", quick)).rejects.toMatchObject({ code: "bmc.stranger", exitCode: 4 });
  expect(
    [...other.bmc.counts.commands.keys()].filter((name) => name.startsWith("Chassis") || name.includes("Get Chassis")),
  ).toEqual([]);
  expect(other.bmc.counts.sessions.opened).toBe(0);
  expect(other.server.powerLog).toEqual([]);
});

test("a fact is kept before the controller is let go, and one that cannot be kept stops nobody", async () => {
  await using machine = await simulated();
  let kept = false;
  const onFacts = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    kept = true;
    throw new Error("disk full");
  };
  {
    await using bmc = connect(targetOf(machine), { onFacts });
    expect(await bmc.power.status()).toBe("off");
  }
  expect(kept).toBe(true);
});

test("a GUID that every controller has identifies nobody, and is reported", async () => {
  await using machine = await simulated({ bmc: { address: "127.61.0.2", guid: "00".repeat(16) } });
  let learnt: BmcFacts = {};
  await using bmc = connect(targetOf(machine), { onFacts: (_, facts) => void (learnt = facts) });
  await bmc.power.status();
  expect(learnt.guid).toBeUndefined();
  expect(learnt.quirks).toContain("no-guid");
});

test("a controller that keeps the boot flags is held to it", async () => {
  await using machine = await simulated();
  const learnt: BmcFacts[] = [];
  await using bmc = connect(targetOf(machine), { onFacts: (_, facts) => void learnt.push(facts) });
  const set = await bmc.boot?.set({ device: "pxe", persistence: "always", uefi: true });
  expect(set).toEqual({ override: { device: "pxe", persistence: "always", uefi: true }, valid: true, notKept: [] });
  expect(learnt.at(-1)?.quirks).toEqual(["boot-flags-kept"]);
  machine.bmc.faults.bootOverride = "bits-lost";
  await expect(bmc.boot?.set({ device: "cd", persistence: "once", uefi: true })).rejects.toMatchObject({
    code: "bmc.boot.not-kept",
    retryable: true,
  });
});

test("who does not say UEFI or legacy keeps what is set", async () => {
  await using machine = await simulated();
  await using bmc = connect(targetOf(machine));
  await bmc.boot?.set({ device: "disk", persistence: "once", uefi: true });
  expect((await bmc.boot?.set({ device: "pxe", persistence: "once" }))?.override.uefi).toBe(true);
  await bmc.boot?.set({ device: "none", persistence: "once" });
  expect((await bmc.boot?.get())?.override.device).toBe("none");
});

test("an override that is dropped is an error, whatever the answer said", async () => {
  await using machine = await simulated();
  machine.bmc.faults.bootOverride = "dropped";
  await using bmc = connect(targetOf(machine));
  await expect(bmc.boot?.set({ device: "pxe", persistence: "once" })).rejects.toMatchObject({
    code: "bmc.boot.not-kept",
    details: { wanted: "pxe" },
  });
});

test("a controller without boot option 3 takes an override all the same", async () => {
  await using machine = await simulated();
  machine.bmc.faults.parameter3 = false;
  await using bmc = connect(targetOf(machine));
  expect(await bmc.boot?.set({ device: "bios", persistence: "once" })).toMatchObject({ notKept: [] });
});

test("power that is reported late is waited for, and pressed once", async () => {
  await using machine = await simulated();
  machine.bmc.faults.powerReportedLate = milliseconds(400);
  await using bmc = connect(targetOf(machine));
  await ensurePower(bmc, "on", quick);
  expect(machine.server.powerCounts.on).toBe(1);
  expect(machine.server.power).toBe("on");
});

test("D5h means not now: seen as off, it is tried again", async () => {
  await using machine = await simulated();
  machine.bmc.faults.wrongCodes.set("Chassis Control", { code: 0xd5, times: 1 });
  await using bmc = connect(targetOf(machine));
  await expect(bmc.power.act("on")).rejects.toMatchObject({ code: "power.not-now", retryable: true });
  await ensurePower(bmc, "on", quick);
  expect(machine.server.powerCounts.on).toBe(1);
});

test("a reset whose answer is lost is not sent again", async () => {
  await using machine = await simulated({ server: { power: "on" } });
  const clock = scaledClock(20);
  await using bmc = connect(targetOf(machine), { clock });
  await bmc.power.status();
  machine.bmc.faults.beforeCommand = (command) => {
    if (command === "Chassis Control") machine.bmc.network.silence = true;
  };
  const pressed = pressPower(bmc, "reset", { ...quick, clock });
  await expect(pressed).rejects.toMatchObject({ code: "ipmi.answer-lost" });
  expect(machine.server.powerCounts.reset).toBe(1);
});

test("commands to a delicate BMC keep their distance, also over two connections", async () => {
  await using machine = await simulated();
  const pauses: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: (duration, signal) => {
      pauses.push(duration);
      return systemClock.sleep(duration, signal);
    },
  };
  const deps = { clock, ledger: openLedger(dir) };
  const target = targetOf(machine, { spacing: milliseconds(700) });
  const spaced = () => pauses.filter((pause) => pause > 550 && pause <= 700).length;
  {
    await using bmc = connect(target, deps);
    await bmc.power.status();
    await bmc.power.status();
  }
  expect(spaced()).toBe(1);
  await using again = connect(target, deps);
  await again.power.status();
  expect(spaced()).toBe(2);
});

test("a name that does not resolve is our trouble, not the BMC's", async () => {
  await using machine = await simulated();
  await using bmc = connect(targetOf(machine, { address: "bmc.invalid" }));
  await expect(bmc.power.status()).rejects.toMatchObject({ code: "bmc.name", exitCode: 3 });
});

test("a call that is cancelled while it waits for its turn sends nothing", async () => {
  await using machine = await simulated();
  await using bmc = connect(targetOf(machine));
  await expect(bmc.power.status(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
  expect(machine.bmc.counts.sessions.begun).toBe(0);
});

/** Runs a few lines with `bmc` in a process of its own, sharing the ledger; gives what it printed. */
async function inAnotherProcess({ bmc }: SimulatedMachine, code: string): Promise<string> {
  const script = `
    import { connect } from "${root}/src/bmc/connect.ts";
    import { openLedger } from "${root}/src/bmc/ledger.ts";
    import { Secret } from "${root}/src/base/secret.ts";
    await using bmc = connect(
      { kind: "ipmi", machine: "m", address: "${bmc.address}", port: ${bmc.port}, username: "admin", password: new Secret("${password}") },
      { ledger: openLedger(${JSON.stringify(dir)}) },
    );
    ${code}
  `;
  const child = spawn(path.join(root, "bin/node"), ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, "close");
  return printed;
}
