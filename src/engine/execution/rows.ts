import { randomUUID } from "node:crypto";
import { systemClock } from "#base/clock.ts";
import type { ErrorRecord } from "#base/errors.ts";
import type { Core } from "#engine/core/core.ts";
import type { Effect, Json } from "#engine/flow.ts";
import { throughOutages } from "#store/outage.ts";
import { type Execution, lose } from "./execution.ts";

/** How a step ended, as it is recorded. `acted`: its function was begun, so that something may have been taken. */
export interface Outcome {
  seq: number;
  state: "done" | "failed" | "skipped" | "warned";
  v?: Json;
  error?: ErrorRecord;
  acted: boolean;
}

export interface StepHead {
  title: string;
  effect: Effect;
  kind: "step" | "take" | "give-back" | "ask";
  hold: number | null;
}

export interface Begun {
  attempts: number;
  /** Since the step's first beginning, by the database's clock. */
  elapsed: number;
  /** It waits for a person since an earlier life. */
  asking: boolean;
  error: ErrorRecord | null;
  /** It had ended already, but the run's record did not know yet. */
  outcome: Outcome | undefined;
}

interface Row {
  state: Outcome["state"] | "running" | "asking";
  attempts: number;
  elapsed: string;
  error: ErrorRecord | null;
  result: { v?: Json } | null;
}

/** Only the run's present owner writes: `from rackhand.run where …` with these three values. */
const mine = "run.id = $1 and run.executor = $2 and run.epoch = $3 and run.state = 'running'";

/**
 * Records that a step begins, committed before it acts. Loses the execution when the run is not ours.
 * Asking twice because the database's answer was lost is one beginning (`begun_by`).
 */
export async function beginRow(core: Core, execution: Execution, seq: number, head: StepHead): Promise<Begun> {
  const token = randomUUID();
  const { rows } = await throughOutages(
    systemClock,
    () =>
      core.database.pool.query<Row>(
        `insert into rackhand.run_step as step (run_id, seq, title, effect, kind, hold, state, begun_by)
         select run.id, $4, $5, $6, $7, $8, $9, $10 from rackhand.run as run where ${mine}
         on conflict (run_id, seq) do update set begun_by = excluded.begun_by, attempts = step.attempts +
           case when step.state in ('running', 'asking') and step.begun_by <> excluded.begun_by then 1 else 0 end
         returning step.state, step.attempts, step.error, step.result, extract(epoch from now() - step.started) * 1000 as elapsed`,
        [...owner(core, execution), seq, head.title, head.effect, head.kind, head.hold, initialState(head), token],
      ),
    execution.lose.signal,
  );
  const row = rows[0];
  if (!row) throw lost(execution);
  const ended = row.state !== "running" && row.state !== "asking";
  return {
    attempts: row.attempts,
    elapsed: Number(row.elapsed),
    asking: row.state === "asking" && row.attempts > 1,
    error: row.error,
    outcome: ended ? outcomeOf(seq, row) : undefined,
  };
}

const initialState = (head: StepHead) => (head.kind === "ask" ? "asking" : "running");

function outcomeOf(seq: number, row: Row): Outcome {
  const state = row.state === "running" || row.state === "asking" ? "failed" : row.state;
  return {
    seq,
    state,
    ...(row.result?.v === undefined ? {} : { v: row.result.v }),
    ...(row.error === null ? {} : { error: row.error }),
    acted: true,
  };
}

/** Changes a step's row. Safe to repeat. Loses the execution when the run is not ours. */
async function change(core: Core, execution: Execution, seq: number, set: string, values: unknown[]): Promise<void> {
  const { rowCount } = await throughOutages(
    systemClock,
    () =>
      core.database.pool.query(
        `update rackhand.run_step as step set ${set} from rackhand.run as run
          where ${mine} and step.run_id = run.id and step.seq = $4`,
        [...owner(core, execution), seq, ...values],
      ),
    execution.lose.signal,
  );
  if (rowCount === 0) throw lost(execution);
}

export function endRow(core: Core, execution: Execution, outcome: Outcome, note: string | undefined): Promise<void> {
  const { seq, state, v, error } = outcome;
  return change(
    core,
    execution,
    seq,
    "state = $5, ended = now(), result = $6, error = $7, note = coalesce($8, step.note)",
    [state, JSON.stringify(v === undefined ? {} : { v }), error ? JSON.stringify(error) : null, note ?? null],
  );
}

export function noteRow(core: Core, execution: Execution, seq: number, note: string): Promise<void> {
  return change(core, execution, seq, "note = $5", [note]);
}

export function attemptRow(core: Core, execution: Execution, seq: number, attempts: number): Promise<void> {
  return change(core, execution, seq, "attempts = $5", [attempts]);
}

/** It waits for a person, because of `error` if there is one. */
export function askingRow(core: Core, execution: Execution, seq: number, error?: ErrorRecord): Promise<void> {
  return change(core, execution, seq, "state = 'asking', error = $5", [error ? JSON.stringify(error) : null]);
}

/** A person wants it tried again: its time begins anew. */
export function againRow(core: Core, execution: Execution, seq: number, attempts: number): Promise<void> {
  const set = "state = 'running', error = null, started = now(), attempts = $5";
  return change(core, execution, seq, set, [attempts]);
}

function owner(core: Core, { runId, epoch }: Execution): [string, string, number] {
  return [runId, core.executor, epoch];
}

export function lost(execution: Execution): unknown {
  lose(execution);
  return execution.lose.signal.reason;
}
