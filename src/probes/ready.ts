import { deadline, systemClock, type Clock } from "#base/clock.ts";
import { milliseconds } from "#base/units.ts";
import { look as realLook } from "./look.ts";
import type { Look, Looker, ProbePlan } from "./probe.ts";

export interface WaitOptions {
  clock?: Clock;
  signal?: AbortSignal;
  /** Hears each look, and may end the waiting by throwing. */
  onLook?: (look: Look, count: number) => void | Promise<void>;
  look?: Looker;
}

/**
 * - `ready`: the probe succeeded as often in a row as the plan asks.
 * - `late`: the time is over, and the last looks were made and their answer was no.
 * - `not-made`: the time is over, and the last looks could not be made: nothing is known about the machine.
 */
export interface Waited {
  ended: "ready" | "late" | "not-made";
  looks: number;
  last: Look;
  ms: number;
}

/**
 * Looks until ready or until `within` is over. At the end the last `failures` looks must agree on whether they were made, so it may look a few times more
 * before it says that nothing came: one lost name lookup is no reason to give up, one that came back is no reason to press reset. Throws only the signal's reason.
 */
export async function waitReady(plan: ProbePlan, options: WaitOptions = {}): Promise<Waited> {
  const { clock = systemClock, signal, onLook, look = realLook } = options;
  const begun = clock.monotonic();
  const limit = deadline(clock, plan.within);
  const enough = Math.max(1, plan.failures);
  const made: boolean[] = [];
  let good = 0;
  let overtime = 0;
  for (let looks = 1; ; looks++) {
    const last = await look(plan.probe, { timeout: plan.timeout, clock, ...(signal ? { signal } : {}) });
    await onLook?.(last, looks);
    const done = (ended: Waited["ended"]) => ({ ended, looks, last, ms: Math.round(clock.monotonic() - begun) });
    good = last.outcome === "ready" ? good + 1 : 0;
    if (good >= plan.successes) return done("ready");
    made.push(last.outcome !== "not-made");
    if (limit.passed() && good === 0) {
      const final = made.slice(-enough);
      const agree = final.length === enough && new Set(final).size === 1;
      if (agree || ++overtime > 2 * enough) return done(last.outcome === "not-made" ? "not-made" : "late");
    }
    const pause = limit.passed() ? plan.every : Math.min(plan.every, limit.remaining());
    await clock.sleep(milliseconds(pause), signal);
  }
}
