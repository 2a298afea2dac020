import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "#base/clock.ts";
import { RackhandError, UsageError } from "#base/errors.ts";
import { isLiving } from "#engine/core/alive.ts";
import type { Core } from "#engine/core/core.ts";
import { cleanJson } from "#engine/core/text.ts";
import type { RunHandle, StartOptions } from "#engine/engine.ts";
import type { Json, Workflow } from "#engine/flow.ts";
import { launch } from "#engine/execution/launch.ts";
import { throughOutages } from "#store/outage.ts";
import { adopt, executeOwned } from "./adopt.ts";
import { createRun, removeRun } from "./create.ts";
import { knownRow, rowOf } from "./find.ts";
import { handleOf } from "./handle.ts";
import { held } from "./held.ts";
import { recordsOf, type RunRow } from "./records.ts";
import { reopen } from "./takeover.ts";

/** How often a start meets runs that end just then, before something else must be wrong. */
const mostRounds = 50;

/** Starts a run, or joins or adopts the one that is wanted already. */
export async function begin(core: Core, name: string, input: Json, options: StartOptions): Promise<RunHandle> {
  const workflow = core.workflows.get(name);
  if (!workflow) throw new UsageError("workflow.unknown", `there is no workflow '${name}'`);
  for (let round = 0; round < mostRounds; round++) {
    const created = await createRun(core, { workflow: name, input, options });
    if ("run" in created) return started(core, created.run, created.wish);
    for (const owner of created.heldBy) {
      const joined = await join(core, owner, workflow, input, options);
      if (joined) return joined;
    }
  }
  throw new RackhandError("machine.busy", "other runs of it kept beginning and ending", {
    subject: options.machine,
    retryable: true,
  });
}

async function started(core: Core, row: RunRow, wish: string): Promise<RunHandle> {
  const [record] = await recordsOf(core, [row]);
  if (!record) throw new RackhandError("run.vanished", `run ${row.id} was removed while it began`);
  try {
    await launch(core, { ...row, cancelRequested: false, rewindTo: null }, record);
  } catch (error) {
    await removeRun(core, row.id);
    throw error;
  }
  return handleOf(core, { id: wish, runId: row.id, how: "started" });
}

/** Joins the run that owns what we want, if it is what we want; undefined when it ended meanwhile. Throws RefusedError `machine.held`. */
async function join(
  core: Core,
  owner: string,
  workflow: Workflow,
  input: Json,
  options: StartOptions,
): Promise<RunHandle | undefined> {
  const row = await rowOf(core, owner);
  if (!row || row.state !== "running") return undefined;
  if (!isWanted(row, workflow, input, options)) {
    const [record] = await recordsOf(core, [row]);
    if (!record) return undefined;
    throw held(options.machine, record, row.cancel_requested !== null);
  }
  const wish = await addWish(core, owner);
  if (wish === undefined) return undefined;
  const lives = await isLiving(core, row.executor);
  const adopted = !lives && (await adopt(core, owner));
  return handleOf(core, { id: wish, runId: owner, how: adopted ? "adopted" : "attached" });
}

function isWanted(row: RunRow, workflow: Workflow, input: Json, { machine }: StartOptions): boolean {
  if (row.workflow !== workflow.name || row.machine !== machine || row.cancel_requested !== null) return false;
  const asked = cleanJson(input) ?? null;
  return workflow.joins ? workflow.joins(row.input, asked) : isDeepStrictEqual(row.input, asked);
}

/** Undefined when the run has ended. */
async function addWish(core: Core, runId: string): Promise<string | undefined> {
  await core.lease();
  const wish = randomUUID();
  const { rowCount } = await throughOutages(systemClock, () =>
    core.database.pool.query(
      `insert into rackhand.run_wish select $1, id, $3 from rackhand.run where id = $2 and state = 'running'
       on conflict (id) do update set executor = excluded.executor`,
      [wish, runId, core.executor],
    ),
  );
  return rowCount === 0 ? undefined : wish;
}

/** Goes on with a run that nobody executes; from a step on, when one is said or the run had ended. A run that is being executed is joined. */
export async function resume(core: Core, runId: string, fromStep: string | undefined): Promise<RunHandle> {
  const row = await knownRow(core, runId);
  const open = row.state === "running";
  if (open && fromStep === undefined) {
    const wish = await addWish(core, runId);
    const adopted = !(await isLiving(core, row.executor)) && (await adopt(core, runId));
    return handleOf(core, { id: wish ?? randomUUID(), runId, how: adopted ? "adopted" : "attached" });
  }
  if (row.state === "done" && fromStep === undefined) {
    throw new UsageError("run.ended", `run ${runId} is done`, { advice: "to do a part of it again: --from STEP" });
  }
  const reopened = await reopen(core, runId, fromStep);
  if (reopened === undefined) {
    throw new UsageError("run.live", `run ${runId} is being executed (pid ${row.pid} on ${row.host})`, {
      advice: `end it first: rackhand runs cancel ${runId}`,
    });
  }
  if ("heldBy" in reopened) throw await heldByFirst(core, row, reopened.heldBy);
  const wish = await addWish(core, runId);
  await executeOwned(core, reopened.run);
  return handleOf(core, { id: wish ?? randomUUID(), runId, how: "adopted" });
}

async function heldByFirst(core: Core, row: RunRow, owners: readonly string[]): Promise<Error> {
  const other = await rowOf(core, owners[0] ?? "");
  const [record] = other ? await recordsOf(core, [other]) : [];
  if (record) return held(row.machine, record, other?.cancel_requested !== null);
  return new RackhandError("machine.busy", "another run of it ended just now", {
    subject: row.machine,
    retryable: true,
  });
}
