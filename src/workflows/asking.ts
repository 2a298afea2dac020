import { minutes } from "#base/units.ts";
import type { PowerAction } from "#bmc/bmc.ts";
import type { PowerOptions } from "#bmc/power.ts";
import type { StepContext } from "#engine/flow.ts";
import type { Fleet } from "./fleet.ts";

/** How a step asks a controller: on the step's clock, until its signal, saying what it waits for. */
export function asking(context: StepContext): PowerOptions & { signal: AbortSignal } {
  const { clock, signal } = context;
  return { clock, signal, within: minutes(2), note: (text) => context.note(text) };
}

/** What a press is counted as. */
export interface Pressing {
  machine: string;
  bmcKey: string;
  runId: string;
  /** By rackhand's own decision, so within the day's budget. */
  automatic: boolean;
}

/** The same for a step that presses: each press asks for leave first, and is counted. */
export function pressing(fleet: Fleet, context: StepContext, what: Pressing) {
  const { machine, bmcKey, runId, automatic } = what;
  const before = async (action: PowerAction) => {
    await context.mayChange();
    await fleet.spendPowerAction(context, machine, bmcKey, action, { runId, automatic });
  };
  return { ...asking(context), before };
}
