import { expect, test } from "vitest";
import type { Clock } from "#base/clock.ts";
import { minutes, seconds } from "#base/units.ts";
import type { Bmc } from "#bmc/bmc.ts";
import type { StepContext } from "#engine/flow.ts";
import type { Looker, ProbePlan } from "#probes/probe.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";
import { waitUntilReady } from "./steps.ts";

function handClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (duration) => {
      now += duration;
    },
  };
}

const plan: ProbePlan = {
  name: "ready",
  probe: { kind: "tcp", host: "nas", port: 22 },
  within: seconds(20),
  every: seconds(5),
  timeout: seconds(5),
  successes: 1,
  failures: 1,
};

/** Waits for a machine whose looks come out like this (r, n, or x for not made), the last one for ever. */
function wait(outcomes: string, change: Partial<ProbePlan> = {}) {
  const names = { r: "ready", n: "not-ready", x: "not-made" } as const;
  let at = 0;
  const look: Looker = async () => {
    const letter = outcomes[Math.min(at++, outcomes.length - 1)] as keyof typeof names;
    return { outcome: names[letter], detail: letter, ms: 1 };
  };
  const bmc = { power: { indirect: true }, [Symbol.asyncDispose]: async () => {} } as unknown as Bmc;
  const subject = {
    ready: async () => ({ ...plan, ...change }),
    witnesses: async () => [],
    open: async () => bmc,
  } as unknown as Subject;
  const context = {
    clock: handClock(),
    signal: new AbortController().signal,
    remaining: () => minutes(60),
    note: () => {},
    warn: () => {},
  } as unknown as StepContext;
  return waitUntilReady({ look } as unknown as Fleet, subject, seconds(20), context);
}

test("a try ends when the service is there, or its time is over", async () => {
  expect(await wait("nnr")).toMatchObject({ endedBy: "ready", seconds: 10 });
  expect(await wait("n")).toMatchObject({ endedBy: "timeout", seconds: 20 });
});

test("as many looks as the probe's `failures` must agree that they could be made, before a reset follows", async () => {
  expect(await wait("nnnxn", { failures: 3 })).toMatchObject({ endedBy: "timeout" });
  expect(await wait("xxxxn")).toMatchObject({ endedBy: "timeout", seconds: 20 });
  expect(await wait("xxxxnxxx", { failures: 3 })).toMatchObject({ endedBy: "not-made" });
  expect(await wait("xxxxnr", { failures: 3 })).toMatchObject({ endedBy: "ready" });
});
