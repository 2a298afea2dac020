import { didYouMean } from "#base/nearest.ts";
import { UsageError } from "#base/errors.ts";
import { clean } from "#engine/core/text.ts";
import type { Core } from "#engine/core/core.ts";
import { show } from "./find.ts";

/** Answers a run's open question. Throws UsageError `run.no-question`, `decision.unknown`. */
export async function decide(core: Core, runId: string, choice: string, who: string): Promise<void> {
  const { question } = await show(core, runId);
  if (!question) throw noQuestion(runId);
  if (!question.choices.includes(choice)) {
    const guess = didYouMean(choice, question.choices);
    throw new UsageError(
      "decision.unknown",
      `'${choice}' is no answer to: ${question.text}${guess ? ` (${guess})` : ""}`,
      {
        subject: runId,
        advice: `choose one of: ${question.choices.join(", ")}`,
      },
    );
  }
  const { rowCount } = await core.database.pool.query(
    "update rackhand.question set answer = $2, who = $3, answered = now() where id = $1 and answer is null",
    [question.id, choice, clean(who)],
  );
  if (rowCount === 0) throw noQuestion(runId);
}

function noQuestion(runId: string): UsageError {
  return new UsageError("run.no-question", "it waits for no decision", {
    subject: runId,
    advice: `see: rackhand runs show ${runId}`,
  });
}
