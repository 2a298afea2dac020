import { DBOS, Error as DbosErrors } from "@dbos-inc/dbos-sdk";
import { RackhandError } from "#base/errors.ts";
import { alone } from "#store/alone.ts";
import type { Database } from "#store/database.ts";

/** What the engine asks of DBOS: a record of steps that survives, and that only its present owner may write. */
export interface Durable extends AsyncDisposable {
  /** Begins a run's record and executes it here. */
  start(runId: string): Promise<void>;
  /** Becomes the owner of a run that another executor left, and executes it here. False when there is no record of it. */
  resume(runId: string): Promise<boolean>;
  /** Forgets the record from step `from` on, becomes the owner and executes it here. False when there is no record of it. */
  rewind(runId: string, from: number): Promise<boolean>;
}

/** Thrown by {@link recordedStep} when another executor owns the run now. */
export class NotOwner extends Error {}

/**
 * What a recorded step may look like is part of every run's record: raised only when runs begun by an older rackhand cannot be continued; those are then
 * refused instead of repeated wrongly.
 */
const recordVersion = "1";

/** DBOS is one per process, so is the engine that executes with it. */
let taken = false;

const silent = { info: () => {}, debug: () => {}, warn: () => {}, error: () => {} };

/**
 * Launches DBOS under `executor`. It resumes nothing by itself: the executor's name is new, and the only queue it listens to is its own.
 * Throws RackhandError `engine.taken` when this process has an engine that executes already.
 */
export async function launchDurable(
  database: Database,
  executor: string,
  execute: (runId: string) => Promise<void>,
): Promise<Durable> {
  if (taken || DBOS.isInitialized()) {
    throw new RackhandError("engine.taken", "another engine of this process executes runs already");
  }
  taken = true;
  const performed = DBOS.registerWorkflow(execute, { name: "rackhand-run" });
  const queueName = `${queuePrefix}${executor}`;
  const config = {
    name: "rackhand",
    // Only looked at for its form; the pool is what connects.
    systemDatabaseUrl: "postgresql://rackhand@localhost/rackhand",
    systemDatabasePool: database.pool,
    executorID: executor,
    applicationVersion: recordVersion,
    listenQueues: [queueName],
    useListenNotify: false,
    logger: silent,
  };
  const launch = async (runMigrations: boolean) => {
    DBOS.setConfig({ ...config, runMigrations });
    await DBOS.launch();
  };
  try {
    if (await recordIsCurrent(database)) await launch(false);
    else await alone(database.pool, () => firstLaunch(database, launch));
  } catch (error) {
    await DBOS.shutdown({ deregister: true }).catch(() => {});
    taken = false;
    throw error;
  }
  let queue: Promise<unknown> | undefined;
  const ready = () => (queue ??= openQueue(database, queueName));

  return {
    start: async (runId) => {
      const handle = await DBOS.startWorkflow(performed, { workflowID: runId })(runId);
      handle.getResult().catch(() => {});
    },
    resume: async (runId) => {
      await ready();
      return known(DBOS.resumeWorkflow(runId, { queueName }));
    },
    rewind: async (runId, from) => {
      await ready();
      // Only an ended record can be cut. Cancelling also shuts out whoever owned it.
      if (!(await known(DBOS.cancelWorkflow(runId)))) return false;
      return known(DBOS.rewindWorkflow(runId, { startStep: from, queueName }));
    },
    [Symbol.asyncDispose]: async () => {
      if (queue) await DBOS.deleteQueue(queueName).catch(() => {});
      await DBOS.shutdown({ deregister: true });
      taken = false;
    },
  };
}

const queuePrefix = "rackhand-";

/** A queue that only this executor listens to: what is resumed goes through it. Removes those of executors that were killed. */
async function openQueue(database: Database, name: string): Promise<void> {
  const leases = await database.kysely.selectFrom("executor_lease").select("executor").execute();
  const alive = new Set(leases.map(({ executor }) => `${queuePrefix}${executor}`));
  for (const queue of await DBOS.listQueues()) {
    if (queue.name.startsWith(queuePrefix) && !alive.has(queue.name)) await DBOS.deleteQueue(queue.name);
  }
  await DBOS.registerQueue(name, { minPollingIntervalMs: 100, onConflict: "always_update" });
}

async function known(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof DbosErrors.DBOSNonExistentWorkflowError) return false;
    throw error;
  }
}

/**
 * Runs `act` once and records what it gives; a run that is continued gets the recorded value instead. `act` is told the step's place in the record. Must be called
 * in the same order each time. Throws {@link NotOwner}, and RackhandError `run.changed` when the record has another step here.
 */
export async function recordedStep<T>(name: string, act: (seq: number) => Promise<T>): Promise<T> {
  try {
    return await DBOS.runStep(() => act(DBOS.stepID ?? -1), { name });
  } catch (error) {
    if (
      error instanceof DbosErrors.DBOSWorkflowConflictError ||
      error instanceof DbosErrors.DBOSWorkflowCancelledError
    ) {
      throw new NotOwner();
    }
    if (error instanceof DbosErrors.DBOSUnexpectedStepError) {
      throw new RackhandError(
        "run.changed",
        `the workflow has changed since this run began: it has no step '${name}' here`,
        {
          advice: "finish the run with the rackhand that began it, or cancel it and begin anew",
          cause: error,
        },
      );
    }
    throw error;
  }
}

const versionKey = "dbos";

/** Asking DBOS to migrate costs a good part of a start, so it is asked once per version of it. */
async function recordIsCurrent(database: Database): Promise<boolean> {
  const row = await database.kysely.selectFrom("meta").select("value").where("key", "=", versionKey).executeTakeFirst();
  return row?.value === (await sdkVersion());
}

/** DBOS's own migrations deadlock beside each other; whoever waited for another's finds them done. */
async function firstLaunch(database: Database, launch: (runMigrations: boolean) => Promise<void>): Promise<void> {
  const current = await recordIsCurrent(database);
  await launch(!current);
  if (!current) await noteCurrent(database);
}

async function noteCurrent(database: Database): Promise<void> {
  const value = await sdkVersion();
  await database.kysely
    .insertInto("meta")
    .values({ key: versionKey, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

async function sdkVersion(): Promise<string> {
  const { createRequire } = await import("node:module");
  const { readFile } = await import("node:fs/promises");
  const { default: path } = await import("node:path");
  const entry = createRequire(import.meta.url).resolve("@dbos-inc/dbos-sdk");
  const found = entry.slice(0, entry.lastIndexOf(`${path.sep}dist${path.sep}`));
  const { version } = JSON.parse(await readFile(path.join(found, "package.json"), "utf8")) as { version: string };
  return version;
}
