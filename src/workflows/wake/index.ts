import { milliseconds } from "#base/units.ts";
import { workflow, type Flow, type Workflow } from "#engine/flow.ts";
import type { Fleet } from "#workflows/fleet.ts";
import { gaveUp, lookWasNotMade, mayNotReset } from "./refusals.ts";
import * as to from "./steps.ts";

/** What a caller may override; everything else comes from the estate. Durations in ms. */
export type WakeInput = {
  tries?: number;
  within?: number;
  between?: "reset" | "cycle" | "off-on";
  resetIfOn?: boolean;
};

/** One try: what began it, what ended it, how long it took. */
export type WakeTry = {
  n: number;
  action: "none" | "on" | "reset" | "cycle" | "off-on";
  endedBy: "ready" | "timeout" | "power-lost" | "not-made";
  seconds: number;
};
export type WakeResult = { already: boolean; tries: WakeTry[]; seconds: number };

/** Ensured power: on, proven useful by the probe `ready`, reset and tried again within limits. */
export const wake = (fleet: Fleet): Workflow<WakeInput, WakeResult> =>
  workflow("wake", (flow, input) => wakeUp(fleet, flow, input), { joins: () => true });

/**
 * The inner part of wake, also of `run`. Resets freely only a machine that this run itself switched on from a proven off. Throws Unreachable `wake.look-not-made`,
 * RefusedError `wake.not-ours`, RackhandError `wake.gave-up`; each carries `details.tries`.
 */
export async function wakeUp(fleet: Fleet, flow: Flow, input: WakeInput): Promise<WakeResult> {
  const { step } = flow;
  const subject = await fleet.subject(flow.machine);
  const policy = { ...subject.wake, ...input };
  const tries: WakeTry[] = [];
  const result = (already: boolean) => ({
    already,
    tries,
    seconds: Math.round(tries.reduce((sum, each) => sum + each.seconds, 0) * 10) / 10,
  });

  const before = await step(
    "Look at power and readiness",
    (context) => to.lookAtBoth(fleet, subject, policy.within, context),
    {
      effect: "reads",
      attempts: 3,
    },
  );
  if (before.power === "on" && before.ready) return result(true);
  const within = milliseconds(before.within);
  const ours = before.power === "off";
  if (ours)
    await step("Power on", (context) => to.powerOn(fleet, subject, flow, context), { effect: "ensures", attempts: 3 });

  let action: WakeTry["action"] = ours ? "on" : "none";
  for (let n = 1; ; n++) {
    const waited = await step(
      `Wait until it is ready (try ${n} of ${policy.tries})`,
      (context) => to.waitUntilReady(fleet, subject, within, context),
      {
        effect: "reads",
        within: to.patience(within),
        attempts: 3,
      },
    );
    tries.push({ n, action, endedBy: waited.endedBy, seconds: waited.seconds });
    if (waited.endedBy === "ready") return result(false);
    if (waited.endedBy === "not-made") throw lookWasNotMade(subject.name, waited.detail, tries);
    if (!ours && !policy.resetIfOn) throw mayNotReset(subject.name, waited.detail, tries);
    if (n >= policy.tries) throw gaveUp(subject.name, waited.detail, tries);
    action = await step(
      `Try again: ${policy.between} (before try ${n + 1})`,
      (context) => to.pressAgain(fleet, subject, flow, policy.between, context),
      {
        effect: "once",
        look: to.countAsPressed(policy.between),
      },
    );
  }
}
