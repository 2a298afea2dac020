import { systemClock } from "#base/clock.ts";
import { TimeoutError } from "#base/errors.ts";
import { formatDuration, milliseconds, seconds, type Ms } from "#base/units.ts";
import type { StepContext } from "#engine/flow.ts";
import { keepEvidence } from "./evidence.ts";
import type { Execution } from "./execution.ts";
import { mayChange } from "./gate.ts";
import { openNotes } from "./note.ts";
import { openOutput } from "./output.ts";
import type { Play } from "./play.ts";
import type { Progress } from "./tries.ts";

/** Where one beginning of a step is played: its context, its deadline, its note and output. */
export interface Scene extends AsyncDisposable {
  readonly context: StepContext;
  readonly signal: AbortSignal;
  /** Cancel and loss, but not the deadline: for what waits for a person. */
  readonly patient: AbortSignal;
  lastNote(): string | undefined;
  /** Everything said so far is written. */
  close(): Promise<void>;
}

/** A step begun again after its deadline still gets this long for one look: what it waited for may have come meanwhile. */
const oneLook = seconds(10);

/** `elapsed`: since the step's recorded start, in ms. */
export function openScene({ core, execution, spec, seq }: Play, elapsed: number, progress: Progress): Scene {
  const { title, within, shielded } = spec;
  const patient = shielded ? execution.lose.signal : AbortSignal.any([execution.lose.signal, execution.cancel.signal]);
  const late = new AbortController();
  const over = new AbortController();
  const entered = core.clock.monotonic();
  const left = within === undefined ? Infinity : Math.max(within - elapsed, Math.min(within, oneLook));
  const remaining = () => Math.max(0, left - (core.clock.monotonic() - entered));
  if (within !== undefined) {
    const timeUp = () => late.abort(timeout(execution, title, within));
    core.clock.sleep(milliseconds(left), over.signal).then(timeUp, () => {});
  }
  const signal = AbortSignal.any([patient, late.signal]);
  const notes = openNotes(core, execution, seq);
  const output = openOutput(core, execution.runId);
  const scene: Scene = {
    signal,
    patient,
    context: {
      signal,
      clock: core.clock,
      get attempt() {
        return progress.attempt;
      },
      remaining,
      note: notes.say,
      warn: (text) => {
        progress.warned = true;
        notes.say(text);
      },
      output: output.write,
      evidence: (name, content) => keepEvidence(core, execution, seq, name, content),
      mayChange: () => mayChange(core, execution, { signal, shielded, note: notes.say }),
    },
    lastNote: notes.last,
    close: async () => {
      over.abort();
      await Promise.all([notes.close(), output.flush()]);
    },
    [Symbol.asyncDispose]: () => scene.close(),
  };
  return scene;
}

function timeout({ machine }: Execution, title: string, within: Ms): TimeoutError {
  return new TimeoutError("step.timeout", `'${title}' did not end within ${formatDuration(within)}`, {
    subject: machine,
  });
}

/**
 * The function's end. When the signal aborts, the function gets `grace` to end by itself, so that nothing of it goes on beside what follows; if it still succeeds,
 * that is what happened.
 */
export async function ended<T>(work: Promise<T>, signal: AbortSignal, grace: Ms): Promise<T> {
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const over = new AbortController();
  const tooLong = aborted.promise.then(async () => {
    await systemClock.sleep(grace, over.signal);
    throw signal.reason;
  });
  tooLong.catch(() => {});
  try {
    return await Promise.race([work, tooLong]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    over.abort();
    signal.removeEventListener("abort", abort);
  }
}
