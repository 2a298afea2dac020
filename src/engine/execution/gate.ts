import { systemClock } from "#base/clock.ts";
import { CancelledError } from "#base/errors.ts";
import { milliseconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import { throughOutages } from "#store/outage.ts";
import { type Execution, isLost, lose } from "./execution.ts";

interface Standing {
  mine: boolean;
  cancelled: boolean;
  frozen: { who: string; why: string } | null;
}

const lookAgain = milliseconds(500);

/**
 * Returns when this process may change the world now: the run is ours and not cancelled, nothing is frozen, and nobody can have taken us for dead. While frozen,
 * or while the database is away, it waits. `shielded` (give-backs): neither a cancel nor a freeze keeps it back.
 */
export async function mayChange(
  core: Core,
  execution: Execution,
  { signal, shielded, note }: { signal: AbortSignal; shielded: boolean; note: (text: string) => void },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const standing = await throughOutages(systemClock, () => look(core, execution), signal);
    if (!standing?.mine) lose(execution);
    if (isLost(execution)) throw execution.lose.signal.reason;
    if (standing?.cancelled && !shielded) throw cancelledBy(execution);
    const frozen = shielded ? null : standing?.frozen;
    if (!frozen) {
      const lease = await core.lease();
      if (lease.fresh()) return;
      await lease.renew(signal);
      continue;
    }
    note(`frozen by ${frozen.who}: ${frozen.why}`);
    await systemClock.sleep(lookAgain, signal);
  }
}

async function look(core: Core, { runId, epoch }: Execution): Promise<Standing | undefined> {
  const { rows } = await core.database.pool.query<Standing>(
    `select state = 'running' and executor = $2 and epoch = $3 as mine, cancel_requested is not null as cancelled,
            (select json_build_object('who', who, 'why', why) from rackhand.freeze
              where scope in ('all', 'machine:' || run.machine, 'run:' || run.id) limit 1) as frozen
       from rackhand.run where id = $1`,
    [runId, core.executor, epoch],
  );
  return rows[0];
}

export function cancelledBy(execution: Execution): unknown {
  if (!execution.cancel.signal.aborted) execution.cancel.abort(new CancelledError());
  return execution.cancel.signal.reason;
}
