import { expect, test } from "vitest";
import type { Clock } from "#base/clock.ts";
import { RackhandError, UnreachableError } from "#base/errors.ts";
import { minutes, seconds } from "#base/units.ts";
import { powerActions, type Bmc, type PowerAction, type PowerState } from "./bmc.ts";
import { ensurePower, pressPower } from "./power.ts";

/** Time that passes only when somebody sleeps. */
function handClock(): Clock & { passed: () => number } {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    passed: () => now,
    sleep: async (duration, signal) => {
      signal?.throwIfAborted();
      now += duration;
    },
  };
}

interface Script {
  /** What the controller says next; the last one for ever. An error is thrown. */
  says: (PowerState | Error)[];
  actions?: readonly PowerAction[];
  onAct?: (action: PowerAction, count: number) => PowerState | Error | undefined;
}

function fakeBmc({ says, actions = powerActions, onAct }: Script) {
  const acts: PowerAction[] = [];
  let answer: PowerState | Error = says[0] ?? "off";
  const bmc: Bmc = {
    key: "fake",
    machine: "m1",
    power: {
      actions,
      status: async () => {
        answer = says.shift() ?? answer;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      act: async (action) => {
        acts.push(action);
        const outcome = onAct?.(action, acts.length);
        if (outcome instanceof Error) throw outcome;
        if (outcome) answer = outcome;
      },
    },
    rest: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return { bmc, acts };
}

const silent = () => new UnreachableError("bmc.silent", "no answer");
const refused = () => new RackhandError("ipmi.completion-code", "insufficient privilege");
const lost = () => new RackhandError("ipmi.answer-lost", "it may have happened");
const within = minutes(2);

test("a machine that is on already is not pressed", async () => {
  const { bmc, acts } = fakeBmc({ says: ["on"] });
  expect(await ensurePower(bmc, "on", { within, clock: handClock() })).toBe("on");
  expect(acts).toEqual([]);
});

test("one glimpse of the wanted state is not believed", async () => {
  const { bmc, acts } = fakeBmc({ says: ["on", "off", "off", "on"] });
  await ensurePower(bmc, "on", { within, clock: handClock() });
  expect(acts).toEqual(["on"]);
});

test("it waits for a state that is reported late, and then sees it twice", async () => {
  const { bmc, acts } = fakeBmc({ says: ["off", "off", "off", "on", "off", "on", "on"] });
  await ensurePower(bmc, "on", { within, clock: handClock() });
  expect(acts).toEqual(["on"]);
});

test("a hard command that changed nothing for 20 s is given again, a few times, each announced", async () => {
  const announced: PowerAction[] = [];
  const { bmc, acts } = fakeBmc({ says: ["off"], onAct: (_, count) => (count === 3 ? "on" : undefined) });
  await ensurePower(bmc, "on", {
    within,
    clock: handClock(),
    before: async (action) => {
      announced.push(action);
    },
  });
  expect(acts).toEqual(["on", "on", "on"]);
  expect(announced).toEqual(acts);
});

test("a controller that never obeys ends in power.not-reached within the time given", async () => {
  const clock = handClock();
  const { bmc, acts } = fakeBmc({ says: ["off"] });
  await expect(ensurePower(bmc, "on", { within, clock })).rejects.toMatchObject({ code: "power.not-reached" });
  expect(acts.length).toBe(4);
  expect(clock.passed()).toBeLessThan(within + seconds(5));
});

test("a soft shutdown is asked for once and never turns into a hard one", async () => {
  const { bmc, acts } = fakeBmc({ says: ["on"] });
  await expect(ensurePower(bmc, "off", { how: "soft", within, clock: handClock() })).rejects.toMatchObject({
    code: "power.not-reached",
    advice: expect.stringContaining("console"),
  });
  expect(acts).toEqual(["soft"]);
});

test("a silent moment is no answer: it asks again", async () => {
  const { bmc } = fakeBmc({ says: ["off", silent(), silent(), "on", "on"] });
  const notes: string[] = [];
  await ensurePower(bmc, "on", { within, clock: handClock(), note: (text) => notes.push(text) });
  expect(notes.join("\n")).toContain("no answer; asking again");
});

test("a controller that stays silent is given up after 20 s and three tries, not before", async () => {
  const clock = handClock();
  const { bmc, acts } = fakeBmc({ says: [silent()] });
  await expect(ensurePower(bmc, "on", { within, clock })).rejects.toMatchObject({ code: "bmc.silent" });
  expect(clock.passed()).toBeGreaterThanOrEqual(seconds(20));
  expect(acts).toEqual([]);
});

test("a refusal that says why is not waited out", async () => {
  const clock = handClock();
  const { bmc } = fakeBmc({ says: ["off"], onAct: refused });
  await expect(ensurePower(bmc, "on", { within, clock })).rejects.toMatchObject({ code: "ipmi.completion-code" });
  expect(clock.passed()).toBe(0);
});

test("a lost answer to 'on' is settled by looking", async () => {
  const { bmc, acts } = fakeBmc({ says: ["off", "on", "on"], onAct: lost });
  await ensurePower(bmc, "on", { within, clock: handClock() });
  expect(acts).toEqual(["on"]);
});

test("what stands before a command can stop it", async () => {
  const { bmc, acts } = fakeBmc({ says: ["off"] });
  const frozen = async () => Promise.reject(new RackhandError("frozen", "frozen"));
  await expect(ensurePower(bmc, "on", { within, clock: handClock(), before: frozen })).rejects.toMatchObject({
    code: "frozen",
  });
  expect(acts).toEqual([]);
});

test.each(["reset", "cycle", "nmi", "soft"] as const)(
  "%s of a machine that is off is refused, nothing is sent",
  async (action) => {
    const { bmc, acts } = fakeBmc({ says: ["off"] });
    await expect(pressPower(bmc, action, { within, clock: handClock() })).rejects.toMatchObject({
      code: "power.is-off",
      exitCode: 4,
    });
    expect(acts).toEqual([]);
  },
);

test("reset is pressed once, also when its answer is lost", async () => {
  const { bmc, acts } = fakeBmc({ says: ["on"], onAct: lost });
  await expect(pressPower(bmc, "reset", { within, clock: handClock() })).rejects.toMatchObject({
    code: "ipmi.answer-lost",
  });
  expect(acts).toEqual(["reset"]);
});

test("a cycle ends when the power is on again", async () => {
  const { bmc, acts } = fakeBmc({ says: ["on", "off", "off", "on", "on"] });
  expect(await pressPower(bmc, "cycle", { within, clock: handClock() })).toBe("on");
  expect(acts).toEqual(["cycle"]);
});

test("what a machine without a controller cannot do is said before anything is done", async () => {
  const { bmc } = fakeBmc({ says: ["on"], actions: ["on"] });
  await expect(ensurePower(bmc, "off", { within, clock: handClock() })).rejects.toMatchObject({
    code: "power.unsupported",
    exitCode: 2,
  });
});

test("a cancelled wait ends with the signal's reason", async () => {
  const stop = new AbortController();
  const { bmc } = fakeBmc({ says: ["off"], onAct: () => (stop.abort(new Error("stopped")), undefined) });
  await expect(ensurePower(bmc, "on", { within, clock: handClock(), signal: stop.signal })).rejects.toThrow("stopped");
});
