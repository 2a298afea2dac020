import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";

/** What survives a crash: inputs and outputs of steps and runs. Names of secrets and hashes of evidence, never values or pictures. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * - `reads`: changes nothing; goes on during a freeze, may be repeated at will.
 * - `ensures`: reads, acts if needed, reads back; may be begun again.
 * - `once`: records its intent before acting; begun again it calls `look` first.
 */
export type Effect = "reads" | "ensures" | "once";

/** What `look` of a once-step found out about an earlier beginning whose end was not recorded. */
export type Looked<T> = { happened: true; result: T } | { happened: false } | { happened: "unknown"; question: string };

/** Handed to a step's function. Function-typed properties, so that they can be destructured. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** 1 for the first attempt; grows with retries and with each beginning after a crash. */
  readonly attempt: number;
  /** Milliseconds left until the step's deadline, counted from its *recorded* start by the database's clock; Infinity without `within`. */
  readonly remaining: () => number;
  /** Tells people what is going on inside the step (`nas:22 refused, next look in 5 s`). Shown live, last one kept. */
  readonly note: (text: string) => void;
  /** As `note`, and the step is recorded as warned when its function returns: it did not reach what it is for, the run goes on all the same. */
  readonly warn: (text: string) => void;
  /** Passes a job's output on to whoever follows the run live. Redacted by the engine; not stored. */
  readonly output: (stream: "stdout" | "stderr", text: string) => void;
  /** Keeps a file with the run; returns its SHA-256. Text is redacted. */
  readonly evidence: (name: string, content: string | Uint8Array) => Promise<string>;
  /**
   * Throws unless this process may change the world right now: run not cancelled, nothing frozen, lease fresh. Called by the engine before a changing
   * step begins; a step that writes more than once calls it before each write.
   */
  readonly mayChange: () => Promise<void>;
}

export interface StepOptions<T> {
  effect: Effect;
  /** The step's deadline, from its recorded start. Past it, `signal` aborts and the step fails with `step.timeout`. */
  within?: Ms;
  /** Attempts in all (1 = no retry) for errors that say `retryable`, with a pause between. */
  attempts?: number;
  pause?: Ms;
  /** False: the step is recorded as skipped and gives undefined. */
  when?: boolean;
  /** `fail` (default) ends the run; `warn` records the error and goes on with undefined; `ask` lets a person choose retry, skip or abort. */
  onFailure?: "fail" | "warn" | "ask";
  /** Once-steps only: finds out whether an earlier, unrecorded beginning took effect. Without it the answer is a question to a person. */
  look?: (context: StepContext) => Promise<Looked<T>>;
}

export interface Hold<R extends Json | void> {
  /** Takes; must be safe to begin again. */
  take: (context: StepContext) => Promise<R>;
  /** Gives back, whatever happened: success, failure, cancel, crash. Idempotent. Runs also while frozen or cancelled. */
  giveBack: (context: StepContext, taken: R | undefined) => Promise<void>;
}

export interface Question {
  text: string;
  choices: readonly string[];
  /** How long to wait for a person; undefined: for ever. Past it the `otherwise` choice is taken. */
  within?: Ms;
  otherwise?: string;
}

/** What a workflow sees of the engine. Function-typed properties, so that they can be destructured. */
export interface Flow {
  readonly runId: string;
  readonly machine: string;
  readonly clock: Clock;
  /**
   * True when this execution continues a run that another process, or an earlier life of this one, began. The order of steps is the run's record: look at this
   * inside a step, never to decide whether there is one.
   */
  readonly resumed: boolean;
  readonly step: <T extends Json | void>(
    title: string,
    act: (context: StepContext) => Promise<T>,
    options: StepOptions<T>,
  ) => Promise<T>;
  readonly hold: <R extends Json | void, T>(title: string, hold: Hold<R>, body: (taken: R) => Promise<T>) => Promise<T>;
  readonly ask: (question: Question) => Promise<string>;
  /** Throws CancelledError when somebody cancelled the run. */
  readonly checkCancelled: () => Promise<void>;
}

/** A named piece of durable work. */
export interface Workflow<I extends Json = Json, O extends Json | void = Json | void> {
  readonly name: string;
  run(this: void, flow: Flow, input: I): Promise<O>;
  /**
   * Somebody asks for this workflow on a machine where it already runs with the input `running`: is that what they want? Then they join it; else they are refused.
   * Default: when both inputs are the same.
   */
  joins?(this: void, running: I, asked: I): boolean;
}

/** Declares a workflow. `name` is stable: it is in the database. */
export function workflow<I extends Json, O extends Json | void>(
  name: string,
  run: (flow: Flow, input: I) => Promise<O>,
  options: Pick<Workflow<I, O>, "joins"> = {},
): Workflow<I, O> {
  return { name, run, ...options };
}
