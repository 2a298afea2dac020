import type { Database } from "#store/database.ts";
import type { WakeTry } from "#workflows/wake/index.ts";

/** What earlier wakes of one machine took. Seconds count the try that ended ready. */
export interface WakeHistory {
  wakes: number;
  usualTries: number;
  worstTries: number;
  longestSeconds: number;
}

/** Wakes looked back on. */
const lookBack = 50;

/** Of the last wakes (alone, or as part of `run`) that had to do something; undefined when there was none. */
export async function wakeHistory({ kysely }: Database, machine: string): Promise<WakeHistory | undefined> {
  const rows = await kysely
    .selectFrom("run")
    .select(["workflow", "result", "error"])
    .where("machine", "=", machine)
    .where("workflow", "in", ["wake", "run"])
    .where("ended", "is not", null)
    .orderBy("created", "desc")
    .limit(lookBack)
    .execute();
  const wakes = rows.map(triesOf).filter((tries) => tries.length > 0);
  if (wakes.length === 0) return undefined;
  const counts = wakes.map((tries) => tries.length);
  const ready = wakes.flat().filter((each) => each.endedBy === "ready");
  return {
    wakes: wakes.length,
    usualTries: Math.round((counts.reduce((sum, n) => sum + n, 0) / counts.length) * 10) / 10,
    worstTries: Math.max(...counts),
    longestSeconds: Math.max(0, ...ready.map((each) => each.seconds)),
  };
}

/** The tries are in a wake's own result, inside a run's, or beside the error that ended either. */
function triesOf({ result, error }: { result: unknown; error: unknown }): WakeTry[] {
  const wake = result as { tries?: WakeTry[]; wake?: { tries?: WakeTry[] } } | null;
  const failed = error as { details?: { tries?: WakeTry[] } } | null;
  return wake?.tries ?? wake?.wake?.tries ?? failed?.details?.tries ?? [];
}
