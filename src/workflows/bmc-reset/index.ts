import { deadline } from "#base/clock.ts";
import { RackhandError, TimeoutError, UnreachableError } from "#base/errors.ts";
import { formatDuration, milliseconds, minutes, seconds } from "#base/units.ts";
import { workflow, type StepContext, type Workflow } from "#engine/flow.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";

export type BmcResetInput = { wait: boolean };
/** `seconds`: until it answered again; null when nobody waited. */
export type BmcResetResult = { seconds: number | null };

/** Controllers go away a few seconds after they said yes, and come back after 2 to 8 minutes. */
const goesWithin = seconds(20);
const backWithin = minutes(10);

/** Restarts the controller, not the server, and waits until it answers again. */
export const bmcReset = (fleet: Fleet): Workflow<BmcResetInput, BmcResetResult> =>
  workflow("bmc-reset", async ({ step, machine }, { wait }) => {
    const subject = await fleet.subject(machine);
    await step("Restart the controller", (context) => restart(subject, context), { effect: "once" });
    if (!wait) return { seconds: null };
    const took = await step("Wait until it answers again", (context) => answersAgain(subject, context), {
      effect: "reads",
      within: milliseconds(backWithin + minutes(1)),
    });
    return { seconds: took };
  });

async function restart(subject: Subject, context: StepContext): Promise<void> {
  await using bmc = await subject.open();
  await bmc.contact?.(context.signal);
  if (!bmc.manager) {
    throw new RackhandError("bmc.reset.absent", "its controller cannot be restarted from afar", {
      subject: subject.name,
      advice: "unplug the server, or use the controller's own page",
    });
  }
  await context.mayChange();
  await bmc.manager.reset(context.signal);
}

/** It must have been away, or long enough must have passed that it would be: the first answers may come from the one that is about to go. */
async function answersAgain(subject: Subject, context: StepContext): Promise<number> {
  const { clock, signal } = context;
  const begun = clock.monotonic();
  const limit = deadline(clock, backWithin);
  const mustHaveGone = deadline(clock, goesWithin);
  for (let away = false; ;) {
    const answered = await answers(subject, signal);
    if (!answered && !away) context.note("it is away");
    away ||= !answered;
    if (answered && (away || mustHaveGone.passed())) return Math.round((clock.monotonic() - begun) / 1000);
    if (limit.passed()) throw notBack(subject.name);
    await clock.sleep(seconds(3), signal);
  }
}

async function answers(subject: Subject, signal: AbortSignal): Promise<boolean> {
  await using bmc = await subject.open();
  try {
    await bmc.power.status(signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // While it goes and comes, connections break in every way that there is.
    if (error instanceof UnreachableError || (error instanceof RackhandError && error.retryable)) return false;
    throw error;
  }
}

function notBack(machine: string): TimeoutError {
  return new TimeoutError("bmc.reset.gone", `its controller has not answered for ${formatDuration(backWithin)}`, {
    subject: machine,
    advice: "wait some more; then it needs to be unplugged",
    retryable: false,
  });
}
