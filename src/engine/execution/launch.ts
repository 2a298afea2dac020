import { systemClock } from "#base/clock.ts";
import { CancelledError } from "#base/errors.ts";
import { milliseconds, type Ms, seconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import type { RunRecord } from "#engine/engine.ts";
import { throughOutages } from "#store/outage.ts";
import { type Execution, type ExecutionSeed, lose, newExecution } from "./execution.ts";

/**
 * Executes a run that is ours in the database. First takes what must be owned on this host; when that is refused, or the record cannot be set in motion, nothing is
 * executed and the error is thrown.
 */
export async function launch(
  core: Core,
  seed: ExecutionSeed & { cancelRequested: boolean; rewindTo: number | null },
  record: RunRecord,
): Promise<Execution> {
  const execution = newExecution(seed);
  if (seed.cancelRequested) execution.cancel.abort(new CancelledError());
  const owned = await core.own?.(record, { step: () => execution.step });
  let disowned: Promise<void> | undefined;
  execution.disown = () => (disowned ??= Promise.resolve(owned?.[Symbol.asyncDispose]()).catch(() => {}));
  core.executions.set(execution.runId, execution);
  void execution.finished.finally(async () => {
    if (core.executions.get(execution.runId) === execution) core.executions.delete(execution.runId);
    await execution.disown();
  });
  try {
    await setInMotion(core, seed);
  } catch (error) {
    execution.finish();
    throw error;
  }
  void supervise(core, execution);
  return execution;
}

async function setInMotion(
  core: Core,
  { id, epoch, rewindTo }: ExecutionSeed & { rewindTo: number | null },
): Promise<void> {
  const durable = await core.durable();
  if (epoch === 1) return durable.start(id);
  if (rewindTo === null) {
    if (await durable.resume(id)) return;
  } else if (await durable.rewind(id, rewindTo)) {
    return throughOutages(systemClock, async () => {
      await core.database.pool.query("update rackhand.run set rewind_to = null where id = $1 and epoch = $2", [
        id,
        epoch,
      ]);
    });
  }
  // Its process died before it began to record anything.
  return durable.start(id);
}

/** Hears of a cancel, or that the run was taken over, while it executes here. */
async function supervise(core: Core, execution: Execution): Promise<void> {
  using watch = core.pulse.watch(execution.runId);
  const over = new AbortController();
  void execution.finished.then(() => over.abort());
  const look = async () => {
    const { rows } = await core.database.pool.query<{ mine: boolean; cancelled: boolean }>(
      "select executor = $2 and epoch = $3 as mine, cancel_requested is not null as cancelled from rackhand.run where id = $1",
      [execution.runId, core.executor, execution.epoch],
    );
    return rows[0];
  };
  try {
    while (!over.signal.aborted) {
      const standing = await throughOutages(systemClock, look, over.signal);
      if (!standing?.mine) return lose(execution);
      if (standing.cancelled && !execution.cancel.signal.aborted) execution.cancel.abort(new CancelledError());
      await watch.next(seconds(1), over.signal);
    }
  } catch {
    // Over, or the database was closed under us: each changing step looks for itself.
  }
}

const patience = { once: seconds(30), others: seconds(12) };

/**
 * Stops executing a run here without ending it, so that another process can go on with it: a once-step that is being done may end, anything else is broken off
 * and begun again there.
 */
export async function handOver(core: Core, execution: Execution): Promise<void> {
  const limit = execution.effect === "once" && execution.step !== undefined ? patience.once : milliseconds(0);
  const begun = systemClock.monotonic();
  const { step } = execution;
  while (step !== undefined && execution.step === step && systemClock.monotonic() - begun < limit) {
    await atMost(execution.finished, milliseconds(50));
  }
  lose(execution);
  await atMost(execution.finished, patience.others);
  execution.finish();
  await execution.disown();
  const released = throughOutages(systemClock, async () => {
    await core.database.pool.query(
      "update rackhand.run set executor = null where id = $1 and executor = $2 and epoch = $3 and state = 'running'",
      [execution.runId, core.executor, execution.epoch],
    );
  });
  // With the database away it is enough that our lease will be over.
  await atMost(
    released.catch(() => {}),
    patience.others,
  );
}

/** Waits for `done`, but not longer; leaves no timer behind that would keep the process alive. */
async function atMost(done: Promise<void>, limit: Ms): Promise<void> {
  const over = new AbortController();
  const late = systemClock.sleep(limit, over.signal).catch(() => {});
  await Promise.race([done, late]);
  over.abort();
}
