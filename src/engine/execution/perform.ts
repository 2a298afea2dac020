import { systemClock } from "#base/clock.ts";
import { type ErrorRecord, errorRecord, RackhandError } from "#base/errors.ts";
import type { Core } from "#engine/core/core.ts";
import { cleanError, cleanJson } from "#engine/core/text.ts";
import type { Json } from "#engine/flow.ts";
import { throughOutages } from "#store/outage.ts";
import { type Execution, isLost, standStill } from "./execution.ts";
import { flowOf } from "./flow.ts";
import { recorded } from "./recorded.ts";
import { lost } from "./rows.ts";

interface End {
  state: "done" | "failed" | "cancelled";
  result?: Json;
  error?: ErrorRecord;
}

/** Executes a run that this process has begun, resumed or adopted, and records its end. What DBOS calls. */
export async function perform(core: Core, runId: string): Promise<void> {
  const execution = core.executions.get(runId);
  // Only what was taken on purpose is executed; a second call for the same taking is none.
  if (!execution || execution.performing) return new Promise<never>(() => {});
  execution.performing = true;
  const end = await play(core, execution);
  if (isLost(execution)) return standStill(execution);
  // Nothing more is done to the machine: who waits for it on this host may go on as soon as the end is known.
  await execution.disown();
  try {
    await recorded(execution, "end", () => record(core, execution, end));
  } catch (error) {
    // The end itself cannot be written down; that it ended must be, or everybody waits for ever.
    await record(core, execution, { state: "failed", error: cleanError(errorRecord(error)) });
  } finally {
    execution.finish();
  }
}

async function play(core: Core, execution: Execution): Promise<End> {
  try {
    const workflow = core.workflows.get(execution.workflow);
    if (!workflow) throw new RackhandError("workflow.unknown", `no workflow '${execution.workflow}'`);
    const result = cleanJson(await workflow.run(flowOf(core, execution), execution.input));
    return { state: "done", ...(result === undefined ? {} : { result }) };
  } catch (thrown) {
    const error = cleanError(errorRecord(thrown));
    const cancelled = error.code === "cancelled" && execution.cancel.signal.aborted;
    return { state: cancelled ? "cancelled" : "failed", error };
  }
}

/** The end, and the release of everything the run owned, in one statement. Safe to repeat. */
async function record(core: Core, execution: Execution, { state, result, error }: End): Promise<void> {
  const { rows } = await throughOutages(
    systemClock,
    () =>
      core.database.pool.query(
        `with ended as (
           update rackhand.run set state = $4, ended = now(), result = $5, error = $6
            where id = $1 and executor = $2 and epoch = $3 and (state = 'running' or state = $4) returning id
         ), claims as (delete from rackhand.run_claim using ended where run_id = ended.id),
         wishes as (delete from rackhand.run_wish using ended where run_id = ended.id)
         select id from ended`,
        [
          execution.runId,
          core.executor,
          execution.epoch,
          state,
          result === undefined ? null : JSON.stringify(result),
          error === undefined ? null : JSON.stringify(error),
        ],
      ),
    execution.lose.signal,
  );
  if (rows.length === 0) throw lost(execution);
}
