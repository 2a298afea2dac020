import { UsageError } from "#base/errors.ts";
import type { Engine, RunRecord } from "#engine/engine.ts";

const searched = 1000;

/** The run of that id, or the only one whose id begins so. UsageError `run.unknown`, `run.ambiguous`. */
export async function whichRun(engine: Engine, given: string): Promise<RunRecord> {
  const runs = await engine.list({ limit: searched });
  const exact = runs.find(({ id }) => id === given);
  if (exact) return engine.show(exact.id);
  const begins = given === "" ? [] : runs.filter(({ id }) => id.startsWith(given));
  const [only, other] = begins;
  if (only && !other) return engine.show(only.id);
  if (only) {
    const some = begins.slice(0, 5).map(({ id, workflow, machine }) => `${id} (${workflow} ${machine})`);
    throw new UsageError("run.ambiguous", `${begins.length} runs begin with '${given}', such as ${some.join(", ")}`);
  }
  return engine.show(given);
}
