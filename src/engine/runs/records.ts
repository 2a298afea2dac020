import type { ErrorRecord } from "#base/errors.ts";
import { living } from "#engine/core/alive.ts";
import type { Core } from "#engine/core/core.ts";
import type { QuestionRecord, RunRecord, RunState, StepRecord } from "#engine/engine.ts";
import type { Json } from "#engine/flow.ts";

export interface RunRow {
  id: string;
  workflow: string;
  machine: string;
  input: Json;
  state: "running" | "done" | "failed" | "cancelled";
  who: string;
  why: string | null;
  host: string;
  pid: number;
  executor: string | null;
  epoch: number;
  created: Date;
  ended: Date | null;
  result: Json;
  error: ErrorRecord | null;
  cancel_requested: Date | null;
  cancelled_by: string | null;
  claims: string[];
  rewind_to: number | null;
}

interface StepRow {
  run_id: string;
  seq: number;
  title: string;
  effect: string;
  state: StepRecord["state"];
  attempts: number;
  started: Date;
  ended: Date | null;
  note: string | null;
  error: ErrorRecord | null;
}

type EvidenceRow = { run_id: string; seq: number; name: string; hash: string; size: number };
type QuestionRow = { run_id: string; id: string; text: string; choices: string[]; asked: Date };
type UsualRow = { run_id: string; title: string; usual: number };

/** Runs with everything that is shown of them, in the order of `rows`; usual durations only when asked for, because they read the history. */
export async function recordsOf(
  core: Core,
  rows: readonly RunRow[],
  { usual: withUsual = false } = {},
): Promise<RunRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const open = rows.filter(({ state }) => state === "running");
  const [steps, evidence, questions, usual, alive] = await Promise.all([
    query<StepRow>(core, "select * from rackhand.run_step where run_id = any($1) order by run_id, seq", ids),
    query<EvidenceRow>(core, "select * from rackhand.evidence where run_id = any($1) order by id", ids),
    query<QuestionRow>(core, openQuestions, ids),
    withUsual ? query<UsualRow>(core, usualDurations, ids) : [],
    living(
      core,
      open.map(({ executor }) => executor),
    ),
  ]);
  const of = { steps: byRun(steps), evidence: byRun(evidence), questions: byRun(questions), usual: byRun(usual) };
  return rows.map((row) => {
    const kept = of.evidence.get(row.id) ?? [];
    const times = new Map(of.usual.get(row.id)?.map(({ title, usual: ms }) => [title, ms]));
    const question = of.questions.get(row.id)?.at(-1);
    return {
      ...headOf(row, stateOf(row, alive, question !== undefined)),
      ...(question && row.state === "running" ? { question: questionOf(question) } : {}),
      steps: (of.steps.get(row.id) ?? []).map((step) => stepOf(step, kept, times.get(step.title))),
    };
  });
}

function byRun<T extends { run_id: string }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ run_id }) => run_id);
}

async function query<T extends object>(core: Core, sql: string, ids: readonly string[]): Promise<T[]> {
  return (await core.database.pool.query<T>(sql, [ids])).rows;
}

const openQuestions = `select distinct on (run_id) question.* from rackhand.question
  join rackhand.run_step using (run_id, seq)
  where run_id = any($1) and answer is null and run_step.state = 'asking' order by run_id, question.id desc`;

/** Medians over the last twenty times that the step went well in other runs of the same workflow on the same machine. */
const usualDurations = `select run_id, title,
    percentile_cont(0.5) within group (order by extract(epoch from ended - started) * 1000)::float8 as usual
  from (
    select shown.id as run_id, step.title, step.started, step.ended,
           row_number() over (partition by shown.id, step.title order by step.started desc) as nth
      from rackhand.run shown
      join rackhand.run earlier on earlier.machine = shown.machine and earlier.workflow = shown.workflow
       and earlier.created < shown.created and earlier.created > shown.created - interval '90 days'
      join rackhand.run_step step on step.run_id = earlier.id and step.state = 'done'
     where shown.id = any($1)
  ) as times where nth <= 20 group by run_id, title`;

function stateOf(row: RunRow, alive: ReadonlySet<string>, asking: boolean): RunState {
  if (row.state !== "running") return row.state;
  if (row.executor === null || !alive.has(row.executor)) return "unfinished";
  return asking ? "asking" : "running";
}

function headOf(row: RunRow, state: RunState): Omit<RunRecord, "steps"> {
  return {
    id: row.id,
    workflow: row.workflow,
    machine: row.machine,
    input: row.input,
    state,
    who: row.who,
    ...(row.why === null ? {} : { why: row.why }),
    host: row.host,
    pid: row.pid,
    created: row.created.toISOString(),
    ...(row.ended === null ? {} : { ended: row.ended.toISOString() }),
    ...(row.result === null ? {} : { result: row.result }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}

function questionOf({ id, text, choices, asked }: QuestionRow): QuestionRecord {
  return { id, text, choices, asked: asked.toISOString() };
}

function stepOf(row: StepRow, evidence: readonly EvidenceRow[], usual: number | undefined): StepRecord {
  return {
    seq: row.seq,
    title: row.title,
    effect: row.effect,
    state: row.state,
    attempts: row.attempts,
    started: row.started.toISOString(),
    ...(row.ended === null ? {} : { ended: row.ended.toISOString() }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(usual === undefined ? {} : { usual: Math.round(usual) }),
    evidence: evidence.filter(({ seq }) => seq === row.seq).map(({ name, hash, size }) => ({ name, hash, size })),
  };
}
