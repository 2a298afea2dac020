import type { Engine, RunRecord } from "#engine/engine.ts";
import { formatDuration } from "#base/units.ts";
import type { WakeResult } from "#workflows/wake/index.ts";
import type { Out } from "./output/out.ts";
import { runSeconds } from "./output/run-json.ts";
import { count } from "./output/words.ts";
import { triesOf } from "./results.ts";

/** How many tries a machine takes, over its latest wakes that had to do something. */
export interface TriesHistory {
  wakes: number;
  mean: number;
  worst: number;
}

const latest = 100;

/** Undefined before the first wake. */
export async function triesHistory(engine: Engine, machine: string): Promise<TriesHistory | undefined> {
  const lists = await Promise.all(["wake", "run"].map((workflow) => engine.list({ machine, workflow, limit: latest })));
  const counts = lists
    .flat()
    .map((run) => triesOf(run).length)
    .filter((n) => n > 0);
  if (counts.length === 0) return undefined;
  return {
    wakes: counts.length,
    mean: counts.reduce((sum, n) => sum + n, 0) / counts.length,
    worst: Math.max(...counts),
  };
}

/** `usually 2.4 tries, worst 6`. */
export function historyWords({ mean, worst }: TriesHistory): string {
  const rounded = Number.isInteger(mean) ? String(mean) : mean.toFixed(1);
  return `usually ${rounded} ${rounded === "1" ? "try" : "tries"}, worst ${worst}`;
}

/** The one line that says how a wake went. */
export function tellWake(
  out: Out,
  machine: string,
  result: WakeResult | undefined,
  run: RunRecord,
  history?: TriesHistory,
): string {
  const ready = out.paint.green(out.paint.bold(`${machine} is ready`));
  if (result?.already) return `${ready}: it was already`;
  const took = formatDuration(runSeconds(run, Date.now()) * 1000);
  const usual = history && history.wakes > 1 ? ` (${historyWords(history)})` : "";
  return `${ready}: ${count(result?.tries.length ?? 1, "try", "tries")}, ${took}${usual}`;
}
