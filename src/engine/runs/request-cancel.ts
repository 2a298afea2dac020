import { systemClock } from "#base/clock.ts";
import type { Core } from "#engine/core/core.ts";
import { throughOutages } from "#store/outage.ts";

/** Notes that the run is to end; whoever executes it hears of it at once. */
export async function requestCancel(core: Core, runId: string, who: string): Promise<void> {
  await throughOutages(systemClock, () =>
    core.database.pool.query(
      `update rackhand.run set cancel_requested = coalesce(cancel_requested, now()), cancelled_by = coalesce(cancelled_by, $2)
        where id = $1 and state = 'running'`,
      [runId, who],
    ),
  );
}
