import { randomInt, randomUUID } from "node:crypto";
import { systemClock } from "#base/clock.ts";
import type { Core } from "#engine/core/core.ts";
import { clean, cleanJson } from "#engine/core/text.ts";
import type { StartOptions } from "#engine/engine.ts";
import type { Json } from "#engine/flow.ts";
import { throughOutages } from "#store/outage.ts";
import type { RunRow } from "./records.ts";

export interface NewRun {
  workflow: string;
  input: Json;
  options: StartOptions;
}

export type Created = { run: RunRow; wish: string } | { heldBy: readonly string[] };

/** Crockford's digits: none is mistaken for another. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** Sorts by day, is typed easily, and is unique in the database it goes to. */
export function newRunId(now: number): string {
  const day = new Date(now).toISOString().slice(2, 10).replaceAll("-", "");
  return `${day}-${Array.from({ length: 6 }, () => digits[randomInt(digits.length)]).join("")}`;
}

/** What a run of this machine owns: its controller's keys and its name. */
function claimsOf({ machine, claims }: StartOptions): string[] {
  return [...new Set([...claims, `machine:${machine}`])].sort();
}

/** Writes down a run that owns all its claims, or tells which runs own some of them. */
export async function createRun(core: Core, { workflow, input, options }: NewRun): Promise<Created> {
  await core.lease();
  const claims = claimsOf(options);
  const wish = randomUUID();
  const id = newRunId(systemClock.now());
  const values = [
    id,
    workflow,
    options.machine,
    JSON.stringify(cleanJson(input) ?? null),
    clean(options.who),
    options.why === undefined ? null : clean(options.why),
    core.life.host,
    core.life.pid,
    core.executor,
    claims,
  ];
  return throughOutages(systemClock, async () => {
    const client = await core.database.pool.connect();
    try {
      await client.query("begin");
      const { rows } = await client.query<RunRow>(
        `insert into rackhand.run as run (id, workflow, machine, input, state, who, why, host, pid, executor, claims)
         values ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set id = excluded.id where run.executor = excluded.executor returning *`,
        values,
      );
      // In one order for everybody, so that two who want the same keys wait instead of deadlocking.
      await client.query(
        "insert into rackhand.run_claim (key, run_id) select key, $2 from unnest($1::text[]) as key on conflict do nothing",
        [claims, id],
      );
      const owners = await client.query<{ run_id: string }>(
        "select distinct run_id from rackhand.run_claim where key = any($1)",
        [claims],
      );
      const heldBy = owners.rows.map(({ run_id }) => run_id).filter((owner) => owner !== id);
      const run = rows[0];
      if (heldBy.length > 0 || !run) {
        await client.query("rollback");
        return { heldBy };
      }
      await client.query("insert into rackhand.run_wish values ($1, $2, $3) on conflict do nothing", [
        wish,
        id,
        core.executor,
      ]);
      await client.query("commit");
      return { run, wish };
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  });
}

/** As if it had never been: nothing of it was executed. */
export async function removeRun(core: Core, runId: string): Promise<void> {
  await throughOutages(systemClock, () => core.database.pool.query("delete from rackhand.run where id = $1", [runId]));
}
