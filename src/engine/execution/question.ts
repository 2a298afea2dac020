import { systemClock } from "#base/clock.ts";
import { type ErrorRecord, TimeoutError } from "#base/errors.ts";
import { formatDuration, hours, milliseconds, seconds, type Ms } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import { clean } from "#engine/core/text.ts";
import { throughOutages } from "#store/outage.ts";
import type { Execution } from "./execution.ts";
import { askingRow } from "./rows.ts";

export interface Asked {
  text: string;
  choices: readonly string[];
  within?: Ms | undefined;
  otherwise?: string | undefined;
  /** Why it is asked, when a failed step asks. */
  error?: ErrorRecord | undefined;
}

interface Row {
  id: string;
  answer: string | null;
  late: boolean | null;
  otherwise: string | null;
}

/** Inside a hold nobody is waited for longer: what is held should not be held for ever. */
export const longestInHold = hours(1);

/**
 * Puts a question to people and waits for the answer, from whatever process it comes. `again`: the step waited already in an earlier life; that question goes on,
 * also when it was answered meanwhile. The step stays `asking` until the caller acts on the answer, so that a crash does not lose it.
 */
export async function askPeople(
  core: Core,
  execution: Execution,
  seq: number,
  asked: Asked,
  { signal, again }: { signal: AbortSignal; again: boolean },
): Promise<string> {
  const choices = JSON.stringify(asked.choices);
  const old = again ? await latest(core, execution, seq, choices) : undefined;
  const id = old ?? (await put(core, execution, seq, asked, choices));
  await askingRow(core, execution, seq, asked.error);
  return waitForAnswer(core, execution, id, asked, signal);
}

async function latest(core: Core, { runId }: Execution, seq: number, choices: string): Promise<string | undefined> {
  const { rows } = await throughOutages(systemClock, () =>
    core.database.pool.query<{ id: string }>(
      "select id from rackhand.question where run_id = $1 and seq = $2 and choices = $3::jsonb order by id desc limit 1",
      [runId, seq, choices],
    ),
  );
  return rows[0]?.id;
}

/** A question lost on the way is put again; two of them in a row are the same to people, and only the last is shown. */
async function put(core: Core, execution: Execution, seq: number, asked: Asked, choices: string): Promise<string> {
  const { rows } = await throughOutages(
    systemClock,
    () =>
      core.database.pool.query<{ id: string }>(
        `insert into rackhand.question (run_id, seq, text, choices, expires, otherwise)
         values ($1, $2, $3, $4, now() + $5 * interval '1 ms', $6) returning id`,
        [execution.runId, seq, clean(asked.text), choices, asked.within ?? null, asked.otherwise ?? null],
      ),
    execution.lose.signal,
  );
  return rows[0]?.id ?? "";
}

async function waitForAnswer(
  core: Core,
  execution: Execution,
  id: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<string> {
  using watch = core.pulse.watch(execution.runId);
  for (;;) {
    const row = await throughOutages(systemClock, () => read(core, id), signal);
    if (row?.answer !== null && row?.answer !== undefined) return row.answer;
    if (row?.late && row.otherwise !== null) return await takeOtherwise(core, id, row.otherwise);
    if (row?.late) throw unanswered(execution, asked);
    await watch.next(asked.within === undefined ? seconds(2) : milliseconds(Math.min(2000, asked.within)), signal);
  }
}

async function read(core: Core, id: string): Promise<Row | undefined> {
  const { rows } = await core.database.pool.query<Row>(
    "select id, answer, expires < now() as late, otherwise from rackhand.question where id = $1",
    [id],
  );
  return rows[0];
}

async function takeOtherwise(core: Core, id: string, otherwise: string): Promise<string> {
  const { rows } = await throughOutages(systemClock, () =>
    core.database.pool.query<{ answer: string }>(
      `update rackhand.question set answer = coalesce(answer, $2), answered = coalesce(answered, now()), who = coalesce(who, 'nobody in time')
        where id = $1 returning answer`,
      [id, otherwise],
    ),
  );
  return rows[0]?.answer ?? otherwise;
}

function unanswered(execution: Execution, asked: Asked): TimeoutError {
  const within = asked.within === undefined ? "in time" : `within ${formatDuration(asked.within)}`;
  return new TimeoutError("ask.timeout", `nobody answered ${within}: ${asked.text}`, {
    subject: execution.machine,
    retryable: false,
    advice: `runs resume ${execution.runId} asks again`,
  });
}
