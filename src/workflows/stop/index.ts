import { milliseconds, seconds } from "#base/units.ts";
import { workflow, type Flow, type Workflow } from "#engine/flow.ts";
import type { Fleet } from "#workflows/fleet.ts";
import * as to from "./steps.ts";

/** `hardAfter`: switch off hard when the clean shutdown has not ended after that many ms. Only when told. */
export type StopInput = { within?: number; hardAfter?: number };
export type StopResult = { already: boolean; how: "none" | "soft" | "hard"; seconds: number };

/** A clean shutdown, proven: asked, off read twice; hard only when told to. */
export const stop = (fleet: Fleet): Workflow<StopInput, StopResult> =>
  workflow("stop", (flow, input) => shutDown(fleet, flow, input), { joins: () => true });

/** The inner part of stop, also of `run`. Throws RackhandError `stop.still-on`. */
export async function shutDown(
  fleet: Fleet,
  { step, machine, runId }: Pick<Flow, "step" | "machine" | "runId">,
  input: StopInput,
): Promise<StopResult> {
  const subject = await fleet.subject(machine);
  const hardAfter = input.hardAfter ?? subject.stop.hardAfter;
  const within = milliseconds(hardAfter ?? input.within ?? subject.stop.within);

  const before = await step("Look at the power", (context) => to.power(subject, context), {
    effect: "reads",
    attempts: 3,
  });
  if (before === "off") return { already: true, how: "none", seconds: 0 };
  const soft = await step(
    "Ask the system to shut down and see it off",
    (context) => to.askAndSee(fleet, subject, runId, within, context),
    {
      effect: "ensures",
      within: milliseconds(within + seconds(120)),
      attempts: 3,
    },
  );
  if (soft.off) return { already: false, how: "soft", seconds: soft.seconds };
  if (hardAfter === undefined) throw to.stillOn(subject.name, within);
  await step("Switch off hard, as told", (context) => to.hardOff(fleet, subject, runId, context), {
    effect: "ensures",
    attempts: 3,
  });
  return { already: false, how: "hard", seconds: soft.seconds };
}
