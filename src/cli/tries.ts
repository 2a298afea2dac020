import type { WakeHistory } from "#app/history.ts";
import { formatDuration } from "#base/units.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { WakeResult } from "#workflows/wake/index.ts";
import type { Out } from "./output/out.ts";
import { runSeconds } from "./output/run-json.ts";
import { count } from "./output/words.ts";

/** `usually 2.4 tries, worst 6`. */
export function historyWords({ usualTries, worstTries }: WakeHistory): string {
  return `usually ${count(usualTries, "try", "tries")}, worst ${worstTries}`;
}

/** The one line that says how a wake went. */
export function tellWake(
  out: Out,
  machine: string,
  result: WakeResult | undefined,
  run: RunRecord,
  history?: WakeHistory,
): string {
  const ready = out.paint.green(out.paint.bold(`${machine} is ready`));
  if (result?.already) return `${ready}: it was already`;
  const took = formatDuration(runSeconds(run, Date.now()) * 1000);
  const usual = history && history.wakes > 1 ? ` (${historyWords(history)})` : "";
  return `${ready}: ${count(result?.tries.length ?? 1, "try", "tries")}, ${took}${usual}`;
}
