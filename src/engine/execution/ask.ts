import { errorFromRecord, errorRecord, RackhandError } from "#base/errors.ts";
import { milliseconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import { cleanError } from "#engine/core/text.ts";
import type { Question } from "#engine/flow.ts";
import { type Execution, isLost } from "./execution.ts";
import { askPeople, longestInHold } from "./question.ts";
import { recorded } from "./recorded.ts";
import { beginRow, endRow, type Outcome } from "./rows.ts";

/** A question to people as a step of its own. */
export async function doAsk(
  core: Core,
  execution: Execution,
  question: Question,
  hold: number | null,
): Promise<string> {
  const within = hold === null ? question.within : milliseconds(Math.min(question.within ?? Infinity, longestInHold));
  const outcome = await recorded(execution, `ask: ${question.text}`, (seq) =>
    play(core, execution, { ...question, ...(within === undefined ? {} : { within }) }, hold, seq),
  );
  if (outcome.error) throw errorFromRecord(outcome.error);
  if (typeof outcome.v !== "string")
    throw new RackhandError("run.changed", `the record holds no answer to '${question.text}'`);
  return outcome.v;
}

async function play(
  core: Core,
  execution: Execution,
  question: Question,
  hold: number | null,
  seq: number,
): Promise<Outcome> {
  const head = { title: question.text, effect: "reads", kind: "ask", hold } as const;
  const begun = await beginRow(core, execution, seq, head);
  if (begun.outcome) return begun.outcome;
  execution.step = question.text;
  execution.effect = "reads";
  const signal = AbortSignal.any([execution.lose.signal, execution.cancel.signal]);
  const outcome = await askPeople(core, execution, seq, question, { signal, again: begun.asking }).then(
    (v): Outcome => ({ seq, state: "done", v, acted: true }),
    (error: unknown): Outcome => {
      if (isLost(execution)) throw error;
      return { seq, state: "failed", error: cleanError(errorRecord(error)), acted: true };
    },
  );
  await endRow(core, execution, outcome, undefined);
  execution.step = undefined;
  return outcome;
}
