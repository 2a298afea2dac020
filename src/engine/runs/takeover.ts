import { systemClock } from "#base/clock.ts";
import { didYouMean } from "#base/nearest.ts";
import { UsageError } from "#base/errors.ts";
import type pg from "pg";
import { living } from "#engine/core/alive.ts";
import type { Core } from "#engine/core/core.ts";
import { throughOutages } from "#store/outage.ts";
import type { RunRow } from "./records.ts";

/**
 * Makes an open run ours whose executor is gone. Undefined when it is not to be had: it ended, or somebody lives who executes it. Who had it before can record
 * nothing of it any more.
 */
export function takeOver(core: Core, runId: string): Promise<RunRow | undefined> {
  return inTransaction(core, async (client) => {
    const row = await locked(client, runId);
    if (row?.state !== "running" || (await living(core, [row.executor])).size > 0) return undefined;
    return mine(core, client, row, {});
  });
}

/**
 * Makes a run ours that nobody executes, to be done again from a step on: the first one of that title, or the first that failed. Ended runs claim again what they
 * owned. Throws UsageError `step.unknown`, `run.ended`. `heldBy`: others own some of it.
 */
export function reopen(
  core: Core,
  runId: string,
  fromStep: string | undefined,
): Promise<{ run: RunRow } | { heldBy: readonly string[] } | undefined> {
  return inTransaction(core, async (client) => {
    const row = await locked(client, runId);
    if (!row || (row.state === "running" && (await living(core, [row.executor])).size > 0)) return undefined;
    const heldBy = await claimAgain(client, row);
    if (heldBy.length > 0) return { heldBy };
    const from = await forget(client, row, fromStep);
    return { run: await mine(core, client, row, { rewindTo: from }) };
  });
}

async function inTransaction<T>(core: Core, act: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  await core.lease();
  return throughOutages(systemClock, async () => {
    const client = await core.database.pool.connect();
    try {
      await client.query("begin");
      const result = await act(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  });
}

async function locked(client: pg.PoolClient, runId: string): Promise<RunRow | undefined> {
  return (await client.query<RunRow>("select * from rackhand.run where id = $1 for update", [runId])).rows[0];
}

async function mine(
  core: Core,
  client: pg.PoolClient,
  row: RunRow,
  { rewindTo }: { rewindTo?: number },
): Promise<RunRow> {
  const reopened = row.state !== "running";
  const { rows } = await client.query<RunRow>(
    `update rackhand.run set executor = $2, host = $3, pid = $4, epoch = epoch + 1, state = 'running', ended = null,
            result = null, error = null, rewind_to = coalesce($5, rewind_to),
            cancel_requested = case when $6 then null else cancel_requested end
      where id = $1 returning *`,
    [row.id, core.executor, core.life.host, core.life.pid, rewindTo ?? null, reopened],
  );
  return rows[0] ?? row;
}

async function claimAgain(client: pg.PoolClient, row: RunRow): Promise<string[]> {
  await client.query(
    "insert into rackhand.run_claim (key, run_id) select key, $2 from unnest($1::text[]) as key on conflict do nothing",
    [row.claims, row.id],
  );
  const { rows } = await client.query<{ run_id: string }>(
    "select distinct run_id from rackhand.run_claim where key = any($1) and run_id <> $2",
    [row.claims, row.id],
  );
  return rows.map(({ run_id }) => run_id);
}

interface Step {
  seq: number;
  title: string;
  kind: "step" | "take" | "give-back" | "ask";
  hold: number | null;
  state: string;
}

/**
 * Forgets the steps to be done again; gives the place from which the record is cut. A hold around them that was given back is taken again, while its steps before
 * that one keep their results.
 */
async function forget(client: pg.PoolClient, row: RunRow, fromStep: string | undefined): Promise<number> {
  const { rows: steps } = await client.query<Step>(
    "select seq, title, kind, hold, state from rackhand.run_step where run_id = $1 order by seq",
    [row.id],
  );
  const from = startingStep(row, steps, fromStep);
  const givenBack = new Set(steps.filter(({ kind }) => kind === "give-back").map(({ hold }) => hold));
  const takenAgain: number[] = [];
  for (let hold = from.hold; hold !== null; hold = steps.find(({ seq }) => seq === hold)?.hold ?? null) {
    if (givenBack.has(hold)) takenAgain.push(hold);
  }
  await client.query("delete from rackhand.run_step where run_id = $1 and (seq >= $2 or seq = any($3))", [
    row.id,
    from.seq,
    takenAgain,
  ]);
  await client.query("delete from rackhand.question where run_id = $1 and seq >= $2", [row.id, from.seq]);
  return Math.min(from.seq, ...takenAgain);
}

function startingStep(row: RunRow, steps: readonly Step[], fromStep: string | undefined): Step {
  const own = steps.filter(({ kind }) => kind !== "give-back");
  const found =
    fromStep === undefined
      ? own.find(({ state }) => state === "failed" || state === "running" || state === "asking")
      : own.find(({ title }) => title === fromStep);
  if (found) return found;
  if (fromStep === undefined) {
    throw new UsageError("run.ended", `run ${row.id} has no step that failed`, {
      advice: "say from which step on it is to be done again: --from STEP",
    });
  }
  const titles = own.map(({ title }) => title);
  const guess = didYouMean(fromStep, titles);
  throw new UsageError("step.unknown", `run ${row.id} has no step '${fromStep}'${guess ? `; ${guess}` : ""}`, {
    advice: `its steps are: ${titles.join(", ")}`,
  });
}
