import os from "node:os";
import { systemClock } from "#base/clock.ts";
import type { Core } from "#engine/core/core.ts";
import type { RunRecord } from "#engine/engine.ts";
import { throughOutages } from "#store/outage.ts";
import { knownRow } from "./find.ts";
import { ended } from "./handle.ts";

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

/** Cancels and waits until everything held is given back. A run whose process is gone is adopted for that. */
export async function cancel(core: Core, runId: string): Promise<RunRecord> {
  await knownRow(core, runId);
  await requestCancel(core, runId, personHere());
  return ended(core, runId);
}

function personHere(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}@${os.hostname()}`;
  }
}
