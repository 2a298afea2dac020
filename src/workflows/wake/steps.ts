import { deadline } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { formatDuration, milliseconds, minutes, seconds, type Ms } from "#base/units.ts";
import type { Bmc } from "#bmc/bmc.ts";
import { ensurePower, mayHaveHappened, pressPower, provenPower } from "#bmc/power.ts";
import type { Flow, Looked, StepContext } from "#engine/flow.ts";
import type { Look } from "#probes/probe.ts";
import { waitReady } from "#probes/ready.ts";
import { asking, pressing } from "#workflows/asking.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";
import type { WakeTry } from "./index.ts";

export type Before = { power: "on" | "off"; ready: boolean; within: number; detail: string };
export type Waited = { endedBy: WakeTry["endedBy"]; seconds: number; detail: string };
type PressOptions = ReturnType<typeof pressing>;
type Between = "reset" | "cycle" | "off-on";

/** How often the BMC is asked, while waiting, whether the power is still on. */
const powerLookEvery = seconds(30);

/** Room for a slow BMC at both ends of a try. */
const slack = minutes(5);

/** The step's own limit. */
export const patience = (within: Ms): Ms => milliseconds(within + slack);

/** Reads power (off only when it is read twice), looks once through the probe, and settles how long a try may take. */
export async function lookAtBoth(
  fleet: Fleet,
  subject: Subject,
  within: number | undefined,
  context: StepContext,
): Promise<Before> {
  const plan = await subject.ready();
  await using bmc = await subject.open();
  const power = await provenPower(bmc, asking(context));
  await bmc.rest();
  const look = await fleet.look(plan.probe, { timeout: plan.timeout, signal: context.signal });
  context.note(`power is ${power}; ${look.detail}`);
  return {
    power,
    ready: look.outcome === "ready",
    within: within ?? (await fleet.patience(subject.name)),
    detail: look.detail,
  };
}

/** Switches on and proves it. Counted only when it is really off. */
export async function powerOn(fleet: Fleet, subject: Subject, flow: Flow, context: StepContext): Promise<void> {
  await using bmc = await subject.open();
  await switchOn(bmc, pressing(fleet, context, by(subject, bmc, flow)), context);
}

const by = (subject: Subject, bmc: Bmc, flow: Flow) => ({
  machine: subject.name,
  bmcKey: bmc.key,
  runId: flow.runId,
  automatic: true,
});

/** Where no controller tells the state, the packet is sent and readiness is the proof. */
async function switchOn(bmc: Bmc, options: PressOptions, context: StepContext): Promise<void> {
  if (bmc.power.indirect) {
    await options.before("on");
    await bmc.power.act("on", options.signal);
    return context.note("woken; nothing but its probe can tell whether it heard");
  }
  await ensurePower(bmc, "on", options);
  context.note("on, read twice");
}

/** Presses reset or cycle; a machine that is found off is switched on instead. Gives what was done. */
export async function pressAgain(
  fleet: Fleet,
  subject: Subject,
  flow: Flow,
  between: Between,
  context: StepContext,
): Promise<Between | "on"> {
  await using bmc = await subject.open();
  const options = pressing(fleet, context, by(subject, bmc, flow));
  if ((await provenPower(bmc, asking(context))) === "off") {
    await switchOn(bmc, options, context);
    return "on";
  }
  if (between === "off-on") {
    await ensurePower(bmc, "off", options);
    await context.clock.sleep(seconds(10), context.signal);
    await ensurePower(bmc, "on", options);
    context.note("off and on again, each read twice");
  } else {
    await pressed(pressPower(bmc, between, options), context);
  }
  return between;
}

/** An answer that was lost on the way back: the press may have happened, and pressing again could hit a machine that comes up. The proof that follows tells. */
async function pressed(press: Promise<unknown>, context: StepContext): Promise<void> {
  try {
    await press;
    context.note("sent; power is on");
  } catch (error) {
    if (!mayHaveHappened(error)) throw error;
    context.note(`${error.message}; the next looks will tell`);
  }
}

/**
 * A press whose end was not recorded counts as done: the proof that follows tells, and costs one try at most, while pressing twice could hit a machine that
 * is already coming up.
 */
export const countAsPressed = (between: Between) => async (): Promise<Looked<Between | "on">> =>
  Promise.resolve({ happened: true, result: between });

/** The power is found off while it should come up. */
class PowerGone extends Error {}

/** Looks through the probe until it is ready, `within` is over, or the power is found gone. */
export async function waitUntilReady(
  fleet: Fleet,
  subject: Subject,
  within: Ms,
  context: StepContext,
): Promise<Waited> {
  const { clock, signal } = context;
  const plan = await subject.ready();
  await using bmc = await subject.open();
  const limit = milliseconds(Math.max(0, Math.min(within, context.remaining() - slack)));
  const end = deadline(clock, limit);
  const begun = clock.monotonic();
  const took = () => Math.round((clock.monotonic() - begun) / 100) / 10;
  let powerLook = deadline(clock, powerLookEvery);
  async function onLook({ outcome, detail }: Look): Promise<void> {
    context.note(outcome === "ready" ? detail : `${detail}; ${formatDuration(end.remaining())} left`);
    if (outcome === "ready" || !powerLook.passed() || bmc.power.indirect) return;
    if (await lostPower(bmc, context)) throw new PowerGone("its power went off by itself");
    powerLook = deadline(clock, powerLookEvery);
  }
  try {
    const { ended, last } = await waitReady({ ...plan, within: limit }, { clock, signal, look: fleet.look, onLook });
    if (ended === "ready") return { endedBy: "ready", seconds: took(), detail: last.detail };
    context.warn(`not ready in ${formatDuration(within)}: ${last.detail}`);
    return await verdict(fleet, subject, last, context, took());
  } catch (error) {
    if (!(error instanceof PowerGone)) throw error;
    context.warn(error.message);
    return { endedBy: "power-lost", seconds: took(), detail: error.message };
  }
}

/** A BMC that does not answer just now is no reason to stop waiting for the machine. */
async function lostPower(bmc: Bmc, context: StepContext): Promise<boolean> {
  try {
    return (await provenPower(bmc, asking(context))) === "off";
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof RackhandError) || !error.retryable) throw error;
    context.note(error.message);
    return false;
  } finally {
    await bmc.rest();
  }
}

/** Whose fault is it? A look that could not be made, or witnesses that are all silent too, say nothing about the machine. */
async function verdict(
  fleet: Fleet,
  subject: Subject,
  last: Look,
  context: StepContext,
  took: number,
): Promise<Waited> {
  if (last.outcome === "not-made") return { endedBy: "not-made", seconds: took, detail: last.detail };
  const witnesses = await subject.witnesses();
  const looks = await Promise.all(
    witnesses.map((each) => fleet.look(each.probe, { timeout: each.timeout, signal: context.signal })),
  );
  if (looks.length > 0 && looks.every((each) => each.outcome !== "ready")) {
    return {
      endedBy: "not-made",
      seconds: took,
      detail: `${last.detail}; so do all witnesses of its site (${looks[0]?.detail ?? ""})`,
    };
  }
  return { endedBy: "timeout", seconds: took, detail: last.detail };
}
