import { deadline } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { formatDuration, minutes, seconds, type Ms } from "#base/units.ts";
import type { Bmc } from "#bmc/bmc.ts";
import { ensurePower } from "#bmc/power.ts";
import type { StepContext } from "#engine/flow.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";

/** The request is repeated at this pace: a system that was still booting does not hear the first one. */
const askAgainEvery = minutes(1);

export async function power(subject: Subject, context: StepContext): Promise<"on" | "off"> {
  await using bmc = await subject.open();
  return await bmc.power.status(context.signal);
}

/** Presses the soft button until the power is read off twice, or until `within` has passed. */
export async function askAndSee(
  fleet: Fleet,
  subject: Subject,
  runId: string,
  within: Ms,
  context: StepContext,
): Promise<{ off: boolean; seconds: number }> {
  await using bmc = await subject.open();
  const end = deadline(context.clock, within);
  const begun = context.clock.monotonic();
  const took = () => Math.round((context.clock.monotonic() - begun) / 100) / 10;
  let nextAsk = deadline(context.clock, seconds(0));
  let offs = 0;
  for (;;) {
    offs = (await bmc.power.status(context.signal)) === "off" ? offs + 1 : 0;
    if (offs >= 2) {
      context.note("off, read twice");
      return { off: true, seconds: took() };
    }
    if (end.passed()) return { off: false, seconds: took() };
    if (offs === 0 && nextAsk.passed()) {
      await context.mayChange();
      await fleet.spendPowerAction(context, subject.name, bmc.key, "soft", { runId, automatic: false });
      context.note(await ask(bmc, context));
      nextAsk = deadline(context.clock, askAgainEvery);
    }
    await context.clock.sleep(seconds(2), context.signal);
  }
}

/** A request that fails in passing is repeated a minute later; a system on its way down answers nobody. */
async function ask(bmc: Bmc, context: StepContext): Promise<string> {
  try {
    await bmc.power.act("soft", context.signal);
    return "asked the system to shut down";
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof RackhandError) || !error.retryable) throw error;
    return error.message;
  }
}

export async function hardOff(fleet: Fleet, subject: Subject, runId: string, context: StepContext): Promise<void> {
  await using bmc = await subject.open();
  await ensurePower(bmc, "off", {
    clock: context.clock,
    signal: context.signal,
    within: minutes(2),
    note: (text) => context.note(text),
    before: async (action) => {
      await context.mayChange();
      await fleet.spendPowerAction(context, subject.name, bmc.key, action, { runId, automatic: false });
    },
  });
}

export function stillOn(machine: string, within: Ms): RackhandError {
  return new RackhandError("stop.still-on", `still on ${formatDuration(within)} after it was asked to shut down`, {
    subject: machine,
    advice:
      "look at its console: a job may be holding the shutdown; --hard-after 5m switches it off hard when a clean shutdown takes longer",
  });
}
