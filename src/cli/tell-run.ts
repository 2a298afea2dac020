import { formatDuration } from "#base/units.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { Call } from "./call.ts";
import { runSeconds } from "./output/run-json.ts";

/** One line for a run of any kind that went well. */
export function tellRun({ out }: Call, run: RunRecord): void {
  const took = formatDuration(runSeconds(run, Date.now()) * 1000);
  out.line(`${out.paint.green(out.marks.done)} ${out.paint.bold(`${run.workflow} ${run.machine}`)} done in ${took}`);
}
