import type pg from "pg";
import { UsageError } from "#base/errors.ts";
import { alone } from "#store/alone.ts";
import { migrations } from "./migrations.ts";

/** The version of a database's schema; 0 when it has none. */
export async function schemaVersion(client: Pick<pg.Pool, "query">): Promise<number> {
  try {
    const { rows } = await client.query<{ value: string }>("select value from rackhand.meta where key = 'schema'");
    return Number(rows[0]?.value ?? 0);
  } catch (error) {
    if (isMissingRelation(error)) return 0;
    throw error;
  }
}

function isMissingRelation(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "42P01" || error.code === "3F000");
}

/**
 * Brings the tables to `target` (default: what this rackhand knows). Asks one question and does nothing when they are there already. Throws UsageError
 * `database.newer` when a newer rackhand has used this database.
 */
export async function migrate(pool: pg.Pool, target: number = migrations.length): Promise<void> {
  const found = await schemaVersion(pool);
  if (found === target) return;
  if (found > target) throw newer(found, target);
  await alone(pool, async (client) => {
    await client.query("create schema if not exists rackhand");
    await client.query("create table if not exists rackhand.meta (key text primary key, value text not null)");
    for (let version = (await schemaVersion(client)) + 1; version <= target; version++) await apply(client, version);
  });
}

async function apply(client: pg.PoolClient, version: number): Promise<void> {
  await client.query("begin");
  await client.query(migrations[version - 1] ?? "");
  await client.query(
    "insert into rackhand.meta values ('schema', $1) on conflict (key) do update set value = excluded.value",
    [String(version)],
  );
  await client.query("commit");
}

/** Throws UsageError `database.newer`. */
export async function refuseNewer(client: Pick<pg.Pool, "query">): Promise<void> {
  const found = await schemaVersion(client);
  if (found > migrations.length) throw newer(found, migrations.length);
}

function newer(found: number, known: number): UsageError {
  return new UsageError("database.newer", `the database has schema ${found}, this rackhand knows ${known}`, {
    advice: "a newer rackhand has used this database: use that one, or another state directory",
  });
}
