import { deadline } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { formatDuration, minutes, seconds, type Ms } from "#base/units.ts";
import type { Bmc } from "#bmc/bmc.ts";
import { ensurePower, mayHaveHappened, provenPower } from "#bmc/power.ts";
import type { StepContext } from "#engine/flow.ts";
import { asking, pressing } from "#workflows/asking.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";

/** The request is repeated at this pace: a system that was still booting does not hear the first one. */
const askAgainEvery = minutes(1);

/** The power now; off only when it is read twice. */
export async function power(subject: Subject, context: StepContext): Promise<"on" | "off"> {
  await using bmc = await subject.open();
  return await provenPower(bmc, asking(context));
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
  for (;;) {
    if ((await provenPower(bmc, asking(context))) === "off") {
      context.note("off, read twice");
      return { off: true, seconds: took() };
    }
    if (end.passed()) return { off: false, seconds: took() };
    if (nextAsk.passed()) {
      await pressing(fleet, context, told(subject, bmc, runId)).before("soft");
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
    const passing = error instanceof RackhandError && (error.retryable || mayHaveHappened(error));
    if (!passing) throw error;
    return error.message;
  }
}

export async function hardOff(fleet: Fleet, subject: Subject, runId: string, context: StepContext): Promise<void> {
  await using bmc = await subject.open();
  await ensurePower(bmc, "off", pressing(fleet, context, told(subject, bmc, runId)));
  context.note("off, read twice");
}

const told = (subject: Subject, bmc: Bmc, runId: string) => ({
  machine: subject.name,
  bmcKey: bmc.key,
  runId,
  automatic: false,
});

export function stillOn(machine: string, within: Ms): RackhandError {
  return new RackhandError("stop.still-on", `still on ${formatDuration(within)} after it was asked to shut down`, {
    subject: machine,
    advice:
      "look at its console: a job may be holding the shutdown; --hard-after 5m switches it off hard when a clean shutdown takes longer",
  });
}
