import { systemClock } from "#base/clock.ts";
import { CancelledError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import { isLiving, living } from "#engine/core/alive.ts";
import type { Core } from "#engine/core/core.ts";
import type { RunHandle, RunRecord } from "#engine/engine.ts";
import { handOver } from "#engine/execution/launch.ts";
import { throughOutages } from "#store/outage.ts";
import { adopt } from "./adopt.ts";
import { requestCancel } from "./cancel.ts";
import { knownRow, show } from "./find.ts";
import { follow } from "./follow.ts";

export interface Wish {
  id: string;
  runId: string;
  how: RunHandle["how"];
}

/** This process's part in a run that it wants. */
export function handleOf(core: Core, { id: wish, runId, how }: Wish): RunHandle {
  const left = new AbortController();
  let leaving: Promise<void> | undefined;
  return {
    id: runId,
    how,
    events: (signal) => follow(core, runId, signal),
    ended: () => ended(core, runId, left.signal),
    leave: () => (leaving ??= leave(core, runId, wish, left)),
  };
}

/** The end of a run, whoever executes it. When nobody does any more, it is executed here. Rejects with CancelledError when `left` aborts and it goes on without us. */
export async function ended(core: Core, runId: string, left?: AbortSignal): Promise<RunRecord> {
  using watch = core.pulse.watch(runId);
  for (;;) {
    const row = await throughOutages(systemClock, () => knownRow(core, runId), left);
    const here = core.executions.get(runId);
    if (row.ended !== null) {
      await here?.finished;
      return throughOutages(systemClock, () => show(core, runId));
    }
    left?.throwIfAborted();
    if (!here && !(await throughOutages(systemClock, () => isLiving(core, row.executor)))) {
      await adopt(core, runId);
    }
    await watch.next(seconds(1), left);
  }
}

async function leave(core: Core, runId: string, wish: string, left: AbortController): Promise<void> {
  const others = await throughOutages(systemClock, () => othersAfter(core, runId, wish));
  const execution = core.executions.get(runId);
  if (others === 0) {
    await requestCancel(core, runId, "the last one who wanted it");
    if (execution) return execution.finished;
    const { executor } = await throughOutages(systemClock, () => knownRow(core, runId));
    if (await throughOutages(systemClock, () => isLiving(core, executor))) left.abort(new CancelledError("left"));
    else await ended(core, runId);
    return;
  }
  left.abort(new CancelledError("left; the run goes on for others"));
  if (execution) await handOver(core, execution);
}

/** How many living processes still want the run when this wish is gone. */
async function othersAfter(core: Core, runId: string, wish: string): Promise<number> {
  await core.database.pool.query("delete from rackhand.run_wish where id = $1", [wish]);
  const { rows } = await core.database.pool.query<{ executor: string }>(
    "select executor from rackhand.run_wish where run_id = $1",
    [runId],
  );
  const alive = await living(
    core,
    rows.map(({ executor }) => executor),
  );
  return rows.filter(({ executor }) => alive.has(executor)).length;
}
