import { afterEach, describe, expect, test, vi } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { releaseBmc } from "#bmc/release.ts";
import { startBmc, type MachineOptions, type SimulatedMachine } from "#simulator/machine.ts";
import { counted, gapsIn, sit, wrongInCounting, type Sitting } from "../support/serial.ts";

const clock = scaledClock(20);
let machine: SimulatedMachine;

async function start(options: Partial<MachineOptions> = {}): Promise<SimulatedMachine> {
  machine = await startBmc({ name: "web01", clock, server: { power: "on", serial: { mute: true } }, ...options });
  return machine;
}
afterEach(() => machine?.[Symbol.asyncDispose]());

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 20_000, interval: 10 });
const shows = (sitting: Sitting, text: string) => until(() => sitting.text().includes(text));

/** Prints the numbers bit by bit, as a server under way does. */
async function count(to: number, from = 1, step = 25): Promise<void> {
  for (let at = from; at <= to; at += step) {
    machine.server.serial.print(counted(at, Math.min(to, at + step - 1)));
    await clock.sleep(milliseconds(60));
  }
}

describe("a console over a bad network", () => {
  test.each([
    { loss: 0.2 },
    { duplication: 0.5 },
    { reordering: 0.5 },
    { loss: 0.2, duplication: 0.2, reordering: 0.2, delay: [milliseconds(5), milliseconds(90)] as const },
  ])("counts to 4000 with nothing lost, doubled or swapped: %j", async (network) => {
    await start();
    await using at = await sit(machine, clock);
    Object.assign(machine.bmc.network, network);
    await count(4000);
    await shows(at, "\n4000\n");
    expect(wrongInCounting(at.text())).toEqual([]);
    // Eight sendings lost in a row are possible; then the place is marked.
    expect(gapsIn(at.seen).every((why) => why === "packets-lost")).toBe(true);
    if (machine.bmc.counts.sol.lost === 0) expect(at.text()).toBe(counted(1, 4000));
  });

  test("what is typed arrives once and in order, both ways at the same time", async () => {
    await start();
    await using at = await sit(machine, clock);
    Object.assign(machine.bmc.network, { loss: 0.2, duplication: 0.2, reordering: 0.2 });
    const counting = count(600);
    for (let from = 1; from <= 600; from += 100) await at.type(counted(from, from + 99));
    await counting;
    await shows(at, "\n600\n");
    expect(machine.server.serial.typed.toString()).toBe(counted(1, 600));
    expect(wrongInCounting(at.text())).toEqual([]);
  });

  test("bytes are bytes, whatever they look like", async () => {
    await start();
    await using at = await sit(machine, clock);
    const all = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7) & 0xff);
    machine.server.serial.print(all);
    await at.line.write(all);
    await until(() => at.text().length === 1024);
    expect(Buffer.from(at.text(), "latin1")).toEqual(Buffer.from(all));
    expect(machine.server.serial.typed).toEqual(Buffer.from(all));
  });

  test("packets that the BMC gave up leave a mark", async () => {
    await start({ bmc: { sol: { retryCount: 1 } } });
    await using at = await sit(machine, clock);
    let drops = 0;
    machine.server.serial.print("one ");
    await shows(at, "one ");
    machine.bmc.network.drop = ({ about, direction }) => about === "SOL" && direction === "out" && drops++ < 2;
    machine.server.serial.print("two ");
    await until(() => machine.bmc.counts.sol.lost > 0);
    machine.server.serial.print("three");
    await shows(at, "three");
    expect(at.text()).toBe("one <gap: packets-lost>three");
  });

  test("a controller whose buffer ran over leaves a mark", async () => {
    await start({ bmc: { sol: { bufferSize: 100 } } });
    machine.server.serial.print(counted(1, 100));
    await using at = await sit(machine, clock);
    await shows(at, "100\n");
    expect(gapsIn(at.seen)).toContain("overrun");
  });
});

describe("a console that is lost", () => {
  test("a restart of the BMC is marked, and counting goes on behind the mark", async () => {
    await start();
    await using at = await sit(machine, clock);
    const counting = count(3000);
    await shows(at, "\n800\n");
    void machine.bmc.reboot(seconds(20));
    await counting;
    await until(() => gapsIn(at.seen).includes("reconnected"));
    await count(3200, 3001);
    await shows(at, "\n3200\n");
    expect(wrongInCounting(at.text())).toEqual([]);
    expect(gapsIn(at.seen)).toEqual(["reconnected"]);
    const told = at.seen.map(({ type }) => type).filter((type) => type !== "lost");
    expect(told).toEqual(["connected", "gap", "connected"]);
  });

  test("it is tried again with pauses while the BMC is away, and typing meanwhile is refused", async () => {
    await start();
    await using at = await sit(machine, clock);
    const { endpoint } = machine.bmc;
    await machine.bmc.unplug();
    await until(() => at.seen.filter(({ type }) => type === "lost").length >= 3);
    await expect(at.type("rm -rf\r")).rejects.toMatchObject({ code: "console.not-connected" });
    await machine.bmc.plug(endpoint);
    await until(() => at.seen.at(-1)?.type === "connected");
    await at.type("x");
    expect(machine.server.serial.typed.toString()).toBe("x");
    const pauses = at.seen.flatMap((input) => (input.type === "lost" ? [input.again] : []));
    expect(pauses.slice(0, 3)).toEqual([1000, 2000, 4000]);
  });

  test("closing it gives it back and leaves no session", async () => {
    await start();
    const at = await sit(machine, clock);
    expect(machine.bmc.consoleOwner).toBeDefined();
    await at[Symbol.asyncDispose]();
    expect(machine.bmc.consoleOwner).toBeUndefined();
    await until(() => machine.bmc.openSessions.length === 0);
    expect(at.error()).toBeUndefined();
  });

  test("characters that flow do not make up for the commands that a BMC wants to hear", async () => {
    await start({ bmc: { sessionTimeout: seconds(25) } });
    machine.bmc.faults.sol.keepsSessionAlive = false;
    await using at = await sit(machine, clock);
    await count(3000, 1, 4);
    await shows(at, "\n3000\n");
    expect(at.text()).toBe(counted(1, 3000));
    expect(at.seen).toEqual([{ type: "connected" }]);
  });

  test("a session that nobody types into outlives the BMC's patience", async () => {
    await start({ bmc: { sessionTimeout: seconds(25) } });
    await using at = await sit(machine, clock);
    await clock.sleep(seconds(60));
    machine.server.serial.print("still here");
    await shows(at, "still here");
    expect(at.seen).toEqual([{ type: "connected" }]);
  });
});

/** Another tool's session at the BMC, ready to steal. */
async function thief(): Promise<{ id: number; sitting: Sitting }> {
  const sitting = await sit(machine, clock, { consent: () => true });
  return { id: machine.bmc.consoleOwner ?? 0, sitting };
}

describe("somebody else's console", () => {
  test("is left alone without consent, and its owner is named", async () => {
    await start();
    await using first = await sit(machine, clock);
    await expect(sit(machine, clock)).rejects.toMatchObject({ code: "console.taken", exitCode: 4 });
    machine.server.serial.print("mine");
    await shows(first, "mine");
  });

  test("is taken over with consent, and the one who had it does not take it back", async () => {
    await start();
    await using first = await sit(machine, clock);
    const asked: string[] = [];
    const consent = ({ description }: { description: string }) => asked.push(description) > 0;
    await using second = await sit(machine, clock, { consent });
    await until(() => first.error() !== undefined);
    expect(first.error()).toMatchObject({ code: "console.taken" });
    expect(asked).toHaveLength(1);
    machine.server.serial.print("yours");
    await shows(second, "yours");
    await clock.sleep(seconds(60));
    expect(machine.bmc.counts.sol.activated).toBe(2);
  });

  test.each(["announced", "silent", "stray-message"] as const)(
    "a theft is noticed (%s), and who waits gets the console when it is free",
    async (theft) => {
      await start();
      machine.bmc.faults.sol.theft = theft;
      await using at = await sit(machine, clock, { whenTaken: "wait" });
      const other = await thief();
      await until(() => at.seen.some(({ type }) => type === "taken"));
      machine.server.serial.print("for the thief");
      await shows(other.sitting, "for the thief");
      await other.sitting[Symbol.asyncDispose]();
      await until(() => at.seen.at(-1)?.type === "connected");
      machine.server.serial.print("for us");
      await shows(at, "for us");
      expect(at.text()).toBe("<gap: reconnected>for us");
      const taken = at.seen.find((input) => input.type === "taken");
      expect(taken?.type === "taken" && taken.by).toMatch(/from 127(?:\.\d+){3}:\d+/);
    },
  );

  test("a console that is asked for on this host is given up", async () => {
    await start();
    await using at = await sit(machine, clock);
    const { address, port } = machine.bmc;
    const asked = [{ what: "serial console", bmc: `${address}:${port}` }] as const;
    expect(await releaseBmc(asked)).toMatchObject([{ was: "given-up" }]);
    await until(() => at.error() !== undefined);
    expect(at.error()).toMatchObject({ code: "console.released" });
    expect(machine.bmc.openSessions).toEqual([]);
    expect(await releaseBmc(asked)).toMatchObject([{ was: "free" }]);
  });

  test("counting goes on unharmed through a theft", async () => {
    await start();
    machine.bmc.faults.sol.theft = "silent";
    await using at = await sit(machine, clock, { whenTaken: "wait" });
    const counting = count(2000);
    await shows(at, "\n300\n");
    const other = await thief();
    await until(() => at.seen.some(({ type }) => type === "taken"));
    await other.sitting[Symbol.asyncDispose]();
    await until(() => at.seen.at(-1)?.type === "connected");
    await counting;
    await count(2100, 2001);
    await shows(at, "\n2100\n");
    expect(wrongInCounting(at.text())).toEqual([]);
    expect(gapsIn(at.seen)).toContain("reconnected");
  });
});

describe("peculiar controllers", () => {
  /** Types and reads on a console with these faults; gives what it told besides, which should be nothing. */
  async function troubles(options: Parameters<typeof sit>[2] = {}): Promise<unknown[]> {
    await using at = await sit(machine, clock, options);
    machine.server.serial.print("hello there, ");
    await shows(at, "hello there, ");
    await at.type("a line that is longer than a packet\r");
    expect(machine.server.serial.typed.toString()).toBe("a line that is longer than a packet\r");
    await at.line.break();
    expect(machine.server.serial.breaks).toBe(1);
    await clock.sleep(seconds(12));
    return at.seen.filter(({ type }) => type !== "connected");
  }

  test("a console that a dead session holds is taken back when told", async () => {
    await start();
    machine.bmc.faults.sol.stale = "freed";
    await expect(sit(machine, clock)).rejects.toMatchObject({ code: "console.taken" });
    expect(await troubles({ consent: () => true })).toEqual([]);
  });

  test("Deactivate Payload that does nothing: SOL is switched off and on", async () => {
    await start();
    machine.bmc.faults.sol.stale = "toggled";
    expect(await troubles({ consent: () => true })).toEqual([]);
    expect(machine.bmc.counts.commands.get("Set SOL Configuration Parameters")).toBe(2);
  });

  test("80h to everything is reported, not tried for ever", async () => {
    await start();
    machine.bmc.faults.sol.stale = "stuck";
    await expect(sit(machine, clock, { consent: () => true })).rejects.toMatchObject({ code: "console.stuck" });
    expect(machine.bmc.counts.commands.get("Deactivate Payload")).toBe(3);
    await until(() => machine.bmc.openSessions.length === 0);
  });

  test("a console of ours that outlived its session is taken back without asking anybody", async () => {
    await start();
    machine.bmc.faults.sol.outlivesSession = true;
    await using at = await sit(machine, clock);
    machine.bmc.network.silence = true;
    await until(() => at.seen.at(-1)?.type === "lost");
    await clock.sleep(seconds(70)); // the BMC has dropped the session
    machine.bmc.network.silence = false;
    await until(() => at.seen.at(-1)?.type === "connected");
    machine.server.serial.print("back");
    await shows(at, "back");
    expect(machine.bmc.counts.sol.activated).toBe(2);
  });

  test("parts of packets are taken, with and without a nack", async () => {
    for (const nack of [true, false]) {
      await start();
      machine.bmc.faults.sol.takesAtMost = { characters: 5, nack };
      expect(await troubles()).toEqual([]);
      await machine[Symbol.asyncDispose]();
    }
  });

  test("an acknowledgement that counts nothing means all, where the quirk is set; without it the line would be typed again", async () => {
    await start();
    machine.bmc.faults.sol.countsNothing = true;
    expect(await troubles({ quirks: ["sol-zero-accept"] })).toEqual([]);
    await machine[Symbol.asyncDispose]();
    await start();
    machine.bmc.faults.sol.countsNothing = true;
    await using at = await sit(machine, clock);
    void at.type("x").catch(() => undefined);
    await until(() => machine.server.serial.typed.toString().startsWith("xx"));
  });

  test("nonsense sizes are passed over", async () => {
    await start();
    for (const size of [0, 1, 0x4000, 0xffff]) {
      machine.bmc.faults.sol.announcesSizes = { inbound: size, outbound: size };
      await using at = await sit(machine, clock);
      await at.type("x".repeat(200));
    }
    expect(machine.server.serial.typed.toString()).toBe("x".repeat(800));
  });

  test.each(["swapped", 40_123] as const)("an announced port that leads nowhere (%s) is passed over", async (port) => {
    await start();
    machine.bmc.faults.sol.announcesPort = port;
    expect(await troubles()).toEqual([]);
  });

  test("SOL that is really on another port is found there", async () => {
    await start({ bmc: { solPort: true } });
    machine.bmc.faults.sol.onlyOnSolPort = true;
    expect(await troubles()).toEqual([]);
    expect(machine.bmc.counts.sessions.opened).toBe(2);
    await until(() => machine.bmc.openSessions.length === 0);
  });

  test.each(["refused", "zeros"] as const)("an owner that is not told (%s) is not asked for", async (instanceInfo) => {
    await start({ bmc: { sessionTimeout: seconds(25) } });
    machine.bmc.faults.sol.instanceInfo = instanceInfo;
    expect(await troubles()).toEqual([]);
  });

  test("encryption that is impossible is left out, encryption that is forced is used", async () => {
    for (const activation of ["only-clear", "only-encrypted"] as const) {
      await start();
      machine.bmc.faults.sol.activation = activation;
      expect(await troubles()).toEqual([]);
      await machine[Symbol.asyncDispose]();
    }
  });

  test("a console that is switched off is said to be", async () => {
    await start();
    machine.bmc.faults.sol.activation = "disabled";
    await expect(sit(machine, clock)).rejects.toMatchObject({ code: "console.disabled" });
    await until(() => machine.bmc.openSessions.length === 0);
  });

  test("a BMC that is deaf to a number gets another, where the quirk is set", async () => {
    await start();
    machine.bmc.faults.sol.deafTo = 1;
    await using at = await sit(machine, clock, { quirks: ["sol-bump-sequence"] });
    await at.type("heard");
    expect(machine.server.serial.typed.toString()).toBe("heard");
  });

  test("numbers that jump when the host restarts are followed, with a mark", async () => {
    await start();
    machine.bmc.faults.sol.jumpsAfterReset = true;
    await using at = await sit(machine, clock);
    machine.server.serial.print("before ");
    await shows(at, "before ");
    machine.server.act("reset", "test");
    await machine.server.reached("boot");
    machine.server.serial.print("after");
    await shows(at, "after");
    expect(at.text()).toBe("before <gap: packets-lost>after");
  });

  test("a console that dies of a reset is opened anew, where the quirk is set", async () => {
    await start();
    machine.bmc.faults.sol.deadAfterReset = true;
    await using at = await sit(machine, clock, { quirks: ["sol-dead-after-reset"] });
    machine.server.act("reset", "test");
    at.line.hostWasReset();
    await machine.server.reached("boot");
    await clock.sleep(seconds(10));
    machine.server.serial.print("booting");
    await shows(at, "booting");
    expect(gapsIn(at.seen)).toEqual(["reconnected"]);
  });

  test("a host that is off is told apart, and one that takes nothing gets it later", async () => {
    await start({ server: { power: "off", serial: { mute: true } } });
    machine.bmc.faults.sol.whenOff = "nack";
    await using at = await sit(machine, clock);
    const typed = at.type("x");
    await until(() => at.seen.some((input) => input.type === "host" && !input.available));
    machine.server.act("on", "test");
    await typed;
    expect(machine.server.serial.typed.toString()).toBe("x");
    await until(() => at.seen.some((input) => input.type === "host" && input.available));
  });
});
