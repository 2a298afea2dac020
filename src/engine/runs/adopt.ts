import { systemClock } from "#base/clock.ts";
import type { Core } from "#engine/core/core.ts";
import { launch } from "#engine/execution/launch.ts";
import { throughOutages } from "#store/outage.ts";
import { recordsOf, type RunRow } from "./records.ts";
import { takeOver } from "./takeover.ts";

/** Goes on with a run whose process is gone. False when it is not to be had. Throws what forbids executing it here; it then stays unfinished. */
export async function adopt(core: Core, runId: string): Promise<boolean> {
  const row = await takeOver(core, runId);
  if (!row) return false;
  await executeOwned(core, row);
  return true;
}

/** Executes a run that was just made ours; lets go of it when that cannot be. */
export async function executeOwned(core: Core, row: RunRow): Promise<void> {
  const [record] = await recordsOf(core, [row]);
  if (!record) return;
  const seed = { ...row, cancelRequested: row.cancel_requested !== null, rewindTo: row.rewind_to };
  try {
    await launch(core, seed, record);
  } catch (error) {
    await throughOutages(systemClock, () =>
      core.database.pool.query(
        "update rackhand.run set executor = null where id = $1 and executor = $2 and epoch = $3",
        [row.id, core.executor, row.epoch],
      ),
    );
    throw error;
  }
}
