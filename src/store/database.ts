import type { Kysely } from "kysely";
import type pg from "pg";
import type { Ms } from "#base/units.ts";
import type { Schema } from "#store/schema.ts";

export interface DatabaseOptions {
  /** Where the embedded server keeps its data; unused with `url`. */
  stateDir: string;
  /** `DATABASE_URL`: any PostgreSQL 14 or newer, session-mode connections. Without it the embedded server of this state directory is used, and started if need be. */
  url?: string;
  /** How long the embedded server stays after its last client (default 60 s). Only the process that starts it decides. */
  linger?: Ms;
}

/** An open, migrated database. */
export interface Database extends AsyncDisposable {
  /** Queries on schema `rackhand`. */
  readonly kysely: Kysely<Schema>;
  /** For what a query builder cannot say: LISTEN, advisory locks, cursors. */
  readonly pool: pg.Pool;
  readonly embedded: boolean;
}

/**
 * Opens the database and brings its tables up to date.
 *
 * Throws UsageError `state.not-writable`, `state.path-too-long`, `state.not-enterable`, `database.other-major`, `database.newer`, `database.no-server`;
 * UnreachableError `database.unreachable`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const [{ openPool }, { kyselyOn }, { migrate }] = await Promise.all([
    import("./connection/pool.ts"),
    import("./connection/kysely.ts"),
    import("./migrations/migrate.ts"),
  ]);
  const server = options.url === undefined ? await attachServer(options) : undefined;
  const pool = openPool(server?.url ?? options.url ?? "");
  try {
    const { connectFirst } = await import("./connection/first.ts");
    await connectFirst(pool, { embedded: server !== undefined, named: server?.url ?? options.url ?? "" });
    await migrate(pool);
  } catch (error) {
    await pool.end().catch(() => {});
    await server?.detach();
    throw error;
  }
  const close = async () => {
    await pool.end().catch(() => {});
    await server?.detach();
  };
  return { kysely: kyselyOn(pool), pool, embedded: server !== undefined, [Symbol.asyncDispose]: close };
}

async function attachServer({ stateDir, linger }: DatabaseOptions) {
  const { attach } = await import("./embedded/attach.ts");
  return attach(stateDir, linger);
}
