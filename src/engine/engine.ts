import type { ErrorRecord } from "#base/errors.ts";
import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";
import type { Json, Workflow } from "#engine/flow.ts";
import type { Database } from "#store/database.ts";

export const runStates = ["running", "asking", "done", "failed", "cancelled", "unfinished"] as const;
/** `unfinished`: its process is gone; waits for `runs resume`, or for the same verb on the same machine. */
export type RunState = (typeof runStates)[number];

export interface StepRecord {
  seq: number;
  title: string;
  effect: string;
  state: "running" | "done" | "failed" | "skipped" | "warned" | "asking";
  attempts: number;
  started: string;
  ended?: string;
  note?: string;
  error?: ErrorRecord;
  /** Median duration in ms of the same step in earlier runs of the same workflow on the same machine. */
  usual?: number;
  evidence: readonly { name: string; hash: string; size: number }[];
}

export interface QuestionRecord {
  id: string;
  text: string;
  choices: readonly string[];
  asked: string;
}

export interface RunRecord {
  id: string;
  workflow: string;
  machine: string;
  input: Json;
  state: RunState;
  who: string;
  why?: string;
  host: string;
  pid: number;
  created: string;
  ended?: string;
  result?: Json;
  error?: ErrorRecord;
  question?: QuestionRecord;
  steps: readonly StepRecord[];
}

/** What a follower hears, in order; each `step` carries the whole step. The last one is `end`. */
export type RunEvent =
  | { type: "run"; run: RunRecord }
  | { type: "step"; runId: string; step: StepRecord }
  | { type: "question"; runId: string; question: QuestionRecord }
  | { type: "output"; runId: string; stream: "stdout" | "stderr"; text: string }
  | { type: "end"; run: RunRecord };

export interface StartOptions {
  machine: string;
  /** Keys that nobody else's run may hold: the BMC's. */
  claims: readonly string[];
  who: string;
  why?: string;
}

/** This process's part in a run. */
export interface RunHandle {
  readonly id: string;
  /** `started` by us, `attached` to a live run of another process, `adopted` from a process that is gone. */
  readonly how: "started" | "attached" | "adopted";
  events(signal?: AbortSignal): AsyncIterable<RunEvent>;
  /**
   * The end of the run, whoever executes it. An attached handle adopts the run if its process goes away, unless it has left. Rejects with CancelledError when the
   * engine is closed first.
   */
  ended(): Promise<RunRecord>;
  /**
   * Takes back this process's wish: the last one cancels the run; with others left it goes on (handed over if it ran here). Resolves when this process may exit:
   * the run was handed over, or what it held here is given back.
   */
  leave(): Promise<void>;
}

/** The durable engine of this process. */
export interface Engine extends AsyncDisposable {
  readonly executor: string;
  /**
   * Starts a workflow, or attaches to / adopts the same workflow with the same machine when one is unfinished. A run of another kind on any of the claims throws
   * RefusedError `machine.held`, naming run, person and step.
   */
  start(workflow: string, input: Json, options: StartOptions): Promise<RunHandle>;
  resume(runId: string, options?: { fromStep?: string }): Promise<RunHandle>;
  cancel(runId: string): Promise<RunRecord>;
  decide(runId: string, choice: string, who: string): Promise<void>;
  show(runId: string): Promise<RunRecord>;
  list(filter?: { machine?: string; state?: RunState; workflow?: string; limit?: number }): Promise<RunRecord[]>;
  follow(runId: string, signal?: AbortSignal): AsyncIterable<RunEvent>;
  /** Runs whose process is gone. */
  unfinished(): Promise<RunRecord[]>;
}

/** What `startEngine` (start.ts) takes. */
export interface EngineOptions {
  database: Database;
  /** Where evidence files go. */
  stateDir: string;
  workflows: readonly Workflow[];
  clock?: Clock;
  /**
   * Called right before a run begins to execute in *this* process (started, resumed or adopted, also later by an attached handle) and disposed when it
   * stops executing here. Takes what must be owned on this host besides the database's claim. If it throws, nothing is executed: a run just created is
   * removed again, one to be adopted stays unfinished, and `start`/`resume`/`ended` throw that error.
   */
  own?: (run: RunRecord, live: { step: () => string | undefined }) => Promise<AsyncDisposable>;
  /** A lease older than this is dead. Default 10 s, renewed every fifth of it. */
  leaseTtl?: Ms;
}
