import { ExitCode, UsageError } from "#base/errors.ts";
import { personHere } from "#app/open.ts";
import type { Call } from "../call.ts";
import { choiceMeant } from "../output/prompt.ts";
import { whichRun } from "../which-run.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const engine = await (await call.app()).engine();
  const { id, question } = await whichRun(engine, call.argument(0));
  if (!question)
    throw new UsageError("run.not-asking", `run ${id} does not ask anything`, { advice: `rackhand runs show ${id}` });
  const chosen = choiceMeant(call.argument(1), question.choices);
  if (chosen === undefined) {
    throw new UsageError(
      "run.choice",
      `'${call.argument(1)}' is not among the choices: ${question.choices.join(", ")}`,
      { advice: `it asks: ${question.text}` },
    );
  }
  await engine.decide(id, chosen, personHere(call.env));
  out.line(`${out.paint.green(out.marks.done)} ${chosen}: ${question.text}`);
  out.result({ ok: true, runId: id, choice: chosen });
  return ExitCode.done;
}
