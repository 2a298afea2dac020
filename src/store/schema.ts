import type { ColumnType, Generated, JSONColumnType } from "kysely";

/** Written as JSON text, read back parsed; `unknown` because it is validated by who wrote it. */
type Jsonb = ColumnType<unknown, string, string>;
type JsonbOrNull = ColumnType<unknown, string | null | undefined, string | null>;
type Time = ColumnType<Date, Date | undefined, Date>;
type TimeOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>;

export interface MetaTable {
  key: string;
  value: string;
}

/** One durable execution. `executor` null: nobody executes it. `epoch` grows with each takeover and fences off who had it before. */
export interface RunTable {
  id: string;
  workflow: string;
  machine: string;
  input: Jsonb;
  state: "running" | "done" | "failed" | "cancelled";
  who: string;
  why: string | null;
  host: string;
  pid: number;
  executor: string | null;
  epoch: Generated<number>;
  created: Time;
  ended: TimeOrNull;
  result: JsonbOrNull;
  error: JsonbOrNull;
  cancel_requested: TimeOrNull;
  cancelled_by: string | null;
  /** What it claimed when it began, so that it can be claimed again when an ended run is resumed. */
  claims: string[];
  /** The engine's own record is still to be cut off here before the run goes on. */
  rewind_to: number | null;
}

/** What a run owns while it is not ended. */
export interface RunClaimTable {
  key: string;
  run_id: string;
}

/** One step; `seq` is its place in the run's record. `hold` is the `seq` of the innermost hold around it. */
export interface RunStepTable {
  run_id: string;
  seq: number;
  title: string;
  effect: "reads" | "ensures" | "once";
  kind: "step" | "take" | "give-back" | "ask";
  hold: number | null;
  state: "running" | "done" | "failed" | "skipped" | "warned" | "asking";
  attempts: Generated<number>;
  /** Which beginning made the row: asking the database twice because its answer was lost is not beginning twice. */
  begun_by: string;
  started: Time;
  ended: TimeOrNull;
  note: string | null;
  error: JsonbOrNull;
  /** `{"v": …}`, or `{}` for undefined. */
  result: JsonbOrNull;
}

/** A process that wants a run to go on. */
export interface RunWishTable {
  id: string;
  run_id: string;
  executor: string;
}

export interface QuestionTable {
  id: Generated<string>;
  run_id: string;
  seq: number;
  text: string;
  choices: JSONColumnType<string[]>;
  asked: Time;
  /** After this the `otherwise` choice is taken. */
  expires: TimeOrNull;
  otherwise: string | null;
  answer: string | null;
  answered: TimeOrNull;
  who: string | null;
}

/** A file kept with a run, under `STATE/evidence` by its SHA-256. */
export interface EvidenceTable {
  id: Generated<string>;
  run_id: string;
  seq: number;
  name: string;
  hash: string;
  size: number;
  at: Time;
}

/** A living process with an engine. Dead when `seen` is too old, or its process is provably gone from this host. */
export interface ExecutorLeaseTable {
  executor: string;
  host: string;
  /** Boot and process namespace: processes that share it can see each other's pids. */
  host_key: string;
  pid: number;
  /** Start time of the process in clock ticks since boot, so that a reused pid is not taken for it. */
  pid_start: string;
  seen: Time;
}

/** The red button: nothing in its scope (`all`, `machine:NAME`, `run:ID`) begins a changing step. */
export interface FreezeTable {
  scope: string;
  who: string;
  why: string;
  at: Time;
}

/** Every power action sent, for limits and audit. */
export interface PowerActionTable {
  id: Generated<string>;
  bmc_key: string;
  machine: string;
  action: string;
  run_id: string | null;
  who: string;
  at: Time;
}

export interface MachineFactTable {
  machine: string;
  key: string;
  value: Jsonb;
  at: Time;
}

/** The tables of schema `rackhand`. */
export interface Schema {
  meta: MetaTable;
  run: RunTable;
  run_claim: RunClaimTable;
  run_step: RunStepTable;
  run_wish: RunWishTable;
  question: QuestionTable;
  evidence: EvidenceTable;
  executor_lease: ExecutorLeaseTable;
  freeze: FreezeTable;
  power_action: PowerActionTable;
  machine_fact: MachineFactTable;
}
