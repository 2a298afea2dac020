import { expect, test } from "vitest";
import type { Clock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import type { Look, ProbePlan } from "./probe.ts";
import { waitReady } from "./ready.ts";

function handClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (duration, signal) => {
      signal?.throwIfAborted();
      now += duration;
    },
  };
}

const plan: ProbePlan = {
  name: "ready",
  probe: { kind: "tcp", host: "nas", port: 22 },
  within: seconds(30),
  every: seconds(5),
  timeout: seconds(5),
  successes: 1,
  failures: 1,
};

/** Looks with these outcomes (r, n or x for not made); the last one for ever. */
function wait(outcomes: string, change: Partial<ProbePlan> = {}, signal?: AbortSignal) {
  const names = { r: "ready", n: "not-ready", x: "not-made" } as const;
  let at = 0;
  const look = async (): Promise<Look> => {
    const letter = outcomes[Math.min(at++, outcomes.length - 1)] as keyof typeof names;
    return { outcome: names[letter], detail: letter, ms: 1 };
  };
  return waitReady({ ...plan, ...change }, { clock: handClock(), look, ...(signal ? { signal } : {}) });
}

test("it looks until the service is there", async () => {
  expect(await wait("nnnr")).toMatchObject({ ended: "ready", looks: 4, ms: 15_000 });
});

test("as many successes in a row as the plan asks", async () => {
  expect(await wait("rnrr", { successes: 2 })).toMatchObject({ ended: "ready", looks: 4 });
});

test("when the time is over it is late", async () => {
  expect(await wait("n")).toMatchObject({ ended: "late", looks: 7, ms: 30_000 });
});

test("looks that could not be made say nothing about the machine", async () => {
  expect(await wait("x")).toMatchObject({ ended: "not-made" });
});

test("one look that could not be made at the end is looked at again before it counts", async () => {
  expect(await wait("nnnnnnxn", { failures: 2 })).toMatchObject({ ended: "late", looks: 9 });
  expect(await wait("nnnnnnxx", { failures: 2 })).toMatchObject({ ended: "not-made", looks: 8 });
});

test("one that comes back in overtime is ready after all", async () => {
  expect(await wait("xxxxxnxr", { failures: 2 })).toMatchObject({ ended: "ready", looks: 8 });
});

test("a flapping name service does not keep it waiting for ever", async () => {
  expect((await wait("nx".repeat(20), { failures: 2 })).looks).toBeLessThan(15);
});

test("a cancelled wait ends with the signal's reason", async () => {
  await expect(wait("n", {}, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
});
