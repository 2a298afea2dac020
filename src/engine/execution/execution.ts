import { CancelledError } from "#base/errors.ts";
import type { Effect, Json } from "#engine/flow.ts";

/** A run while it executes in this process. */
export interface Execution {
  readonly runId: string;
  readonly workflow: string;
  readonly machine: string;
  readonly input: Json;
  /** Which taking of the run this is; who took it before may write nothing any more. */
  readonly epoch: number;
  readonly resumed: boolean;
  /** Aborts when somebody cancelled the run. Give-backs do not listen to it. */
  readonly cancel: AbortController;
  /** Aborts when the run is another process's now, or is being given to one: nothing may be done or written any more. */
  readonly lose: AbortController;
  /** The title of the step being done. */
  step: string | undefined;
  effect: Effect | undefined;
  /** Resolves when nothing is done here any more, whether the run ended or was lost. */
  readonly finished: Promise<void>;
  finish(): void;
  /** Gives back what was owned on this host for it. */
  disown: () => Promise<void>;
  performing: boolean;
}

export interface ExecutionSeed {
  id: string;
  workflow: string;
  machine: string;
  input: Json;
  epoch: number;
}

export function newExecution({ id, workflow, machine, input, epoch }: ExecutionSeed): Execution {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  return {
    runId: id,
    workflow,
    machine,
    input,
    epoch,
    resumed: epoch > 1,
    cancel: new AbortController(),
    lose: new AbortController(),
    step: undefined,
    effect: undefined,
    finished,
    finish,
    disown: () => Promise.resolve(),
    performing: false,
  };
}

/** The reason of {@link Execution.lose}. */
export class LostError extends CancelledError {}

export function lose(execution: Execution): void {
  execution.lose.abort(new LostError("the run is executed elsewhere now"));
}

export function isLost(execution: Execution): boolean {
  return execution.lose.signal.aborted;
}

/**
 * What a lost execution does: nothing, for ever. Any return or throw would be recorded as the step's or the run's end, although it goes on elsewhere.
 */
export function standStill(execution: Execution): Promise<never> {
  execution.finish();
  return new Promise<never>(() => {});
}
