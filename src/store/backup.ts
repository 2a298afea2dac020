import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type pg from "pg";
import { systemClock } from "#base/clock.ts";
import { RackhandError, RefusedError, UsageError } from "#base/errors.ts";
import type { Database } from "#store/database.ts";
import { dump } from "./export/dump.ts";
import { broken, type Copied, load } from "./export/load.ts";
import { migrate, refuseNewer } from "./migrations/migrate.ts";

/**
 * Writes everything in the database to a file, as it was at one moment: runs, steps, questions, facts and the engine's own record. Works while others work, needs
 * no program, and any PostgreSQL from 14 on reads it again. The files of evidence are no part of it. The file appears when it is whole, for its owner only.
 */
export async function backup(database: Database, file: string): Promise<Copied> {
  const client = await database.pool.connect();
  const scratch = `${file}.${process.pid}.part`;
  try {
    const lines = dump(client, new Date(systemClock.now()).toISOString());
    await pipeline(Readable.from(lines), createGzip(), createWriteStream(scratch, { mode: 0o600, flush: true }));
    await rename(scratch, file);
  } catch (cause) {
    await rm(scratch, { force: true });
    throw fileError(cause, file, "written");
  } finally {
    client.release();
  }
  return countsOf(file);
}

/** The counts in a backup's last line; reading them proves that the file is whole. */
async function countsOf(file: string): Promise<Copied> {
  let last = "";
  for await (const line of linesOf(file)) last = line;
  const { tables, rows } = JSON.parse(last.slice(1)) as Copied;
  return { tables, rows };
}

export interface RestoreOptions {
  /** Take the backup's content although the database holds runs: they are lost. */
  replace?: boolean;
}

/**
 * Puts a backup's content in place of what the database holds, wholly or not at all, and brings its tables up to date. Throws RefusedError `database.in-use`,
 * `database.not-empty`; UsageError `backup.broken`, `backup.unreadable`.
 */
export async function restore(database: Database, file: string, options: RestoreOptions = {}): Promise<Copied> {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await refuseWhenUsed(client, options.replace ?? false);
    const copied = await load(client, linesOf(file));
    await refuseNewer(client);
    await client.query("commit");
    await migrate(database.pool);
    return copied;
  } catch (cause) {
    await client.query("rollback").catch(() => {});
    throw fileError(cause, file, "read");
  } finally {
    // What this connection had prepared speaks of tables that are gone.
    client.release(true);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const text = createGunzip().setEncoding("utf8");
  source.once("error", (error) => text.destroy(error));
  source.pipe(text);
  let rest = "";
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    source.destroy();
    text.destroy();
  }
}

async function refuseWhenUsed(client: pg.PoolClient, replace: boolean): Promise<void> {
  const { rows } = await client.query<{ live: number; runs: number }>(
    `select (select count(*)::int from rackhand.executor_lease where seen > now() - interval '15 seconds') as live,
            (select count(*)::int from rackhand.run) as runs`,
  );
  const { live = 0, runs = 0 } = rows[0] ?? {};
  if (live > 0) {
    throw new RefusedError(
      "database.in-use",
      `${live} process${live === 1 ? "" : "es"} of rackhand work with this database`,
      {
        advice: "wait for them or end them, then restore",
      },
    );
  }
  if (runs > 0 && !replace) {
    throw new RefusedError("database.not-empty", `the database holds ${runs} run${runs === 1 ? "" : "s"} already`, {
      advice: "restore into another state directory, or say --replace: what it holds is then lost",
    });
  }
}

function fileError(cause: unknown, file: string, done: "read" | "written"): unknown {
  if (cause instanceof RackhandError || !(cause instanceof Error)) return cause;
  const code = "code" in cause ? String(cause.code) : "";
  if (code.startsWith("Z_")) return broken("it is no gzip file, or damaged");
  const about = "path" in cause || code === "EISDIR";
  if (!about) return cause;
  return new UsageError("backup.unreadable", `cannot be ${done} (${code})`, { subject: file, cause });
}
