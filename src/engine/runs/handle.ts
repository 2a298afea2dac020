import { systemClock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import { isLiving, living } from "#engine/core/alive.ts";
import type { Core } from "#engine/core/core.ts";
import type { RunHandle, RunRecord } from "#engine/engine.ts";
import { handOver } from "#engine/execution/launch.ts";
import { throughOutages } from "#store/outage.ts";
import { adopt } from "./adopt.ts";
import { requestCancel } from "./request-cancel.ts";
import { knownRow, rowOf, show } from "./find.ts";
import { follow } from "./follow.ts";

export interface Wish {
  id: string;
  runId: string;
  how: RunHandle["how"];
}

/** This process's part in a run that it wants. */
export function handleOf(core: Core, { id: wish, runId, how }: Wish): RunHandle {
  const part = { left: false };
  let leaving: Promise<void> | undefined;
  return {
    id: runId,
    how,
    events: (signal) => follow(core, runId, signal),
    ended: () => ended(core, runId, part),
    leave: () => (leaving ??= leave(core, runId, wish, part)),
  };
}

/**
 * The end of a run, whoever executes it. When nobody does any more it is executed here, unless we have `left`. Rejects with CancelledError when this engine is
 * closed before.
 */
export async function ended(core: Core, runId: string, part = { left: false }): Promise<RunRecord> {
  using watch = core.pulse.watch(runId);
  for (;;) {
    const row = await throughOutages(systemClock, () => rowOf(core, runId), core.closing);
    if (!row) throw vanished(runId);
    const here = core.executions.get(runId);
    if (row.ended !== null) {
      await here?.finished;
      return await throughOutages(systemClock, () => show(core, runId), core.closing);
    }
    core.closing.throwIfAborted();
    const orphan = !here && !(await throughOutages(systemClock, () => isLiving(core, row.executor), core.closing));
    if (orphan && !part.left) await adopt(core, runId);
    await watch.next(seconds(1), core.closing);
  }
}

/** What could not begin in the process that started it is removed there; whoever had joined it learns it here. */
function vanished(runId: string): RackhandError {
  return new RackhandError(
    "run.vanished",
    `run ${runId}, which was joined here, could not begin where it was started`,
    {
      retryable: true,
      advice: "ask again: the run is then begun here, or it is said what is in the way",
    },
  );
}

async function leave(core: Core, runId: string, wish: string, part: { left: boolean }): Promise<void> {
  const wanted = await throughOutages(systemClock, () => wantedAfter(core, runId, wish));
  const execution = core.executions.get(runId);
  if (wanted.length > 0) {
    part.left = true;
    if (execution && !wanted.includes(core.executor)) await handOver(core, execution);
    return;
  }
  await requestCancel(core, runId, "the last one who wanted it");
  if (execution) return execution.finished;
  const { executor } = await throughOutages(systemClock, () => knownRow(core, runId));
  part.left = await throughOutages(systemClock, () => isLiving(core, executor));
  // Nobody executes it: what it holds is given back here.
  if (!part.left) await ended(core, runId);
}

/** The living processes that still want the run when this wish is gone. */
async function wantedAfter(core: Core, runId: string, wish: string): Promise<string[]> {
  await core.database.pool.query("delete from rackhand.run_wish where id = $1", [wish]);
  const { rows } = await core.database.pool.query<{ executor: string }>(
    "select executor from rackhand.run_wish where run_id = $1",
    [runId],
  );
  const executors = rows.map(({ executor }) => executor);
  const alive = await living(core, executors);
  return executors.filter((executor) => alive.has(executor));
}
