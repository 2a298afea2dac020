import { deadline, systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, RefusedError, TimeoutError, UsageError } from "#base/errors.ts";
import { formatDuration, milliseconds, seconds, type Ms } from "#base/units.ts";
import type { Bmc, PowerAction, PowerState } from "./bmc.ts";

export interface PowerOptions {
  /** How long the whole may take, all reads and repeats together. */
  within: Ms;
  clock?: Clock;
  signal?: AbortSignal;
  /** Tells people what is going on. */
  note?: (text: string) => void;
  /** Called right before each command that changes power, repeats too; what it throws stops the command. */
  before?: (action: PowerAction) => Promise<void>;
  /** Pause between two looks at the power state. */
  every?: Ms;
}

export interface EnsureOptions extends PowerOptions {
  /** How to switch off: `hard` (default) or by asking the system, once. Asking never turns into hard by itself. */
  how?: "soft" | "hard";
}

/** Reads in a row that must agree: BMCs report the old state for a while, or both in turn. */
const agreeing = 2;
const pauseBetweenReads = seconds(1);
/** A hard command may be given again when it changed nothing for this long: BMCs drop an "on" that follows an "off" too soon. */
const actAgainAfter = seconds(20);
const mostActs = 4;
/** Shown at once; acted on (given up) only when a controller stayed silent this long. */
const patienceWithSilence = seconds(20);

/**
 * Makes the power state be `wanted` and proves it: reads, acts if needed, then reads until the state held twice. May be begun again at any time.
 * Throws TimeoutError `power.not-reached` when the controller keeps telling another state, and the controller's own error when it cannot be asked.
 */
export async function ensurePower(bmc: Bmc, wanted: PowerState, options: EnsureOptions): Promise<PowerState> {
  const watch = powerWatch(bmc, options);
  if (await watch.holds(wanted, agreeing)) return wanted;
  const action = actionFor(bmc, wanted, options.how ?? "hard");
  for (let act = 1; ; act++) {
    await watch.act(action);
    const last = action === "soft" || act === mostActs;
    if (await watch.settles(wanted, last ? undefined : actAgainAfter)) return wanted;
    if (watch.over()) throw notReached(bmc, wanted, action, options.within);
    options.note?.(`still ${opposite(wanted)}, ${words[action]} again`);
  }
}

/**
 * Presses reset, cycle, soft or nmi exactly once, and gives the power state that holds afterwards (for `soft` the state right after asking: it is a request).
 * On a machine that is off BMCs answer these with an error or silently with nothing, so that is refused (`power.is-off`) before anything is sent.
 * Does not prove that the machine restarted: many BMCs report "on" throughout. An answer that was lost is {@link mayHaveHappened}; look, do not press again.
 */
export async function pressPower(bmc: Bmc, action: PowerAction, options: PowerOptions): Promise<PowerState> {
  if (action === "on" || action === "off") return ensurePower(bmc, action, options);
  const watch = powerWatch(bmc, options);
  if (!bmc.power.actions.includes(action)) throw unable(bmc, action);
  if (await watch.holds("off", 1)) throw isOff(bmc, action);
  await watch.press(action);
  if (action === "soft") return watch.read();
  if (await watch.settles("on")) return "on";
  throw notReached(bmc, "on", action, options.within);
}

/** The power state, asked patiently (a silent or busy controller is asked again for a while); off only when it is read twice. */
export async function provenPower(bmc: Bmc, options: PowerOptions): Promise<PowerState> {
  return (await powerWatch(bmc, options).holds("off", agreeing)) ? "off" : "on";
}

const words: Record<PowerAction, string> = {
  on: "switching on",
  off: "switching off",
  cycle: "power cycle",
  reset: "reset",
  soft: "asking the system to shut down",
  nmi: "diagnostic interrupt",
};

const opposite = (state: PowerState): PowerState => (state === "on" ? "off" : "on");

function actionFor(bmc: Bmc, wanted: PowerState, how: "soft" | "hard"): PowerAction {
  const action = wanted === "on" ? "on" : how === "soft" ? "soft" : "off";
  if (bmc.power.actions.includes(action)) return action;
  throw unable(bmc, action);
}

/** Looks and acts under one deadline. */
function powerWatch(bmc: Bmc, options: PowerOptions) {
  const { clock = systemClock, signal, note, before, every = pauseBetweenReads, within } = options;
  const limit = deadline(clock, within);
  const pause = () => clock.sleep(milliseconds(Math.min(every, Math.max(limit.remaining(), 1))), signal);

  /** One answer; a controller that is silent or busy is asked again for a while. */
  async function read(): Promise<PowerState> {
    const silent = deadline(clock, milliseconds(Math.min(patienceWithSilence, within)));
    for (let tries = 1; ; tries++) {
      try {
        return await bmc.power.status(signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error) || ((silent.passed() || limit.passed()) && tries >= 3)) throw error;
        note?.(`${error.message}; asking again`);
        await pause();
      }
    }
  }

  /** True when the next `times` reads all say `wanted`. */
  async function holds(wanted: PowerState, times: number): Promise<boolean> {
    for (let seen = 0; seen < times; seen++) {
      if (seen > 0) await pause();
      if ((await read()) !== wanted) return false;
    }
    return true;
  }

  /** Reads until `wanted` held; false when `patience` or the deadline ended first. */
  async function settles(wanted: PowerState, patience?: Ms): Promise<boolean> {
    const until = deadline(clock, milliseconds(Math.min(patience ?? Infinity, limit.remaining())));
    for (let inRow = 0; ;) {
      const state = await read();
      inRow = state === wanted ? inRow + 1 : 0;
      if (inRow >= agreeing) return true;
      if (inRow === 0) note?.(`power is ${state}, waiting for ${wanted}`);
      if (until.passed() && inRow === 0) return false;
      await pause();
    }
  }

  async function press(action: PowerAction): Promise<void> {
    await before?.(action);
    note?.(words[action]);
    await bmc.power.act(action, signal);
  }

  /** Presses something that may be pressed again: what counts is the state read afterwards, not the answer to the command. */
  async function act(action: PowerAction): Promise<void> {
    try {
      await press(action);
    } catch (error) {
      if (signal?.aborted || !(isPassing(error) || mayHaveHappened(error))) throw error;
      note?.(error.message);
    }
  }

  return { read, holds, settles, press, act, over: () => limit.passed() };
}

const isPassing = (error: unknown): error is RackhandError => error instanceof RackhandError && error.retryable;

/** True for the error of a command whose answer was lost: it may have happened or not. */
export const mayHaveHappened = (error: unknown): error is RackhandError =>
  error instanceof RackhandError && (error.code === "ipmi.answer-lost" || error.code === "redfish.answer-lost");

function unable(bmc: Bmc, action: PowerAction): UsageError {
  return new UsageError("power.unsupported", `${words[action]} is not possible here`, {
    subject: bmc.machine,
    advice: `it can do: ${bmc.power.actions.join(", ")}`,
  });
}

function isOff(bmc: Bmc, action: PowerAction): RefusedError {
  return new RefusedError("power.is-off", `${words[action]} makes no sense: the machine is off`, {
    subject: bmc.machine,
    advice: "use 'power … on'",
  });
}

function notReached(bmc: Bmc, wanted: PowerState, action: PowerAction, within: Ms): TimeoutError {
  const asked = action === "soft" ? "the system was asked to shut down and did not" : `after ${words[action]}`;
  return new TimeoutError("power.not-reached", `power is not ${wanted} within ${formatDuration(within)}: ${asked}`, {
    subject: bmc.machine,
    advice:
      action === "soft"
        ? "look at its console; switching off hard loses what was not written"
        : "look at the controller's event log; the machine may lack power",
    retryable: false,
  });
}
