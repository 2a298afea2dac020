import type pg from "pg";
import { UsageError } from "#base/errors.ts";
import type { Mark } from "./format.ts";
import { schemas } from "./format.ts";

const mostRows = 1000;
const mostText = 4_000_000;

export interface Copied {
  tables: number;
  rows: number;
}

/** Writes a backup's lines into the database, in place of what the schemas hold now. Part of the caller's transaction. Throws UsageError `backup.broken`. */
export async function load(client: pg.PoolClient, lines: AsyncIterable<string>): Promise<Copied> {
  for (const schema of schemas) await client.query(`drop schema if exists ${schema} cascade`);
  // Functions speak of tables that may come later; row security and triggers do not exist yet.
  await client.query("set local check_function_bodies = off");
  let table: { table: string; columns: string[] } | undefined;
  let begun = false;
  let waiting: string[] = [];
  let length = 0;
  let rows = 0;
  let tables = 0;

  const flush = async () => {
    if (table && waiting.length > 0) await insert(client, table, waiting);
    waiting = [];
    length = 0;
  };
  for await (const line of lines) {
    if (!line.startsWith("#")) {
      if (!table) throw broken("it has rows before its first table");
      length += line.length;
      rows += 1;
      if (waiting.push(line) >= mostRows || length >= mostText) await flush();
      continue;
    }
    await flush();
    const mark = markOf(line);
    if ("rackhand" in mark) begun = mark.format === 1;
    else if (!begun) throw broken("it does not begin as a backup of rackhand, or comes from a newer one");
    else if ("sql" in mark) for (const sql of mark.sql) await client.query(sql);
    else if ("table" in mark) {
      table = mark;
      tables += 1;
    } else if (mark.rows !== rows || mark.tables !== tables) throw broken("rows are missing");
    else return { tables, rows };
  }
  throw broken("it is cut off");
}

async function insert(
  client: pg.PoolClient,
  { table, columns }: { table: string; columns: string[] },
  rows: string[],
): Promise<void> {
  const list = columns.join(", ");
  await client.query(
    `insert into ${table} (${list}) overriding system value select ${list} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [`[${rows.join(",")}]`],
  );
}

function markOf(line: string): Mark {
  try {
    return JSON.parse(line.slice(1)) as Mark;
  } catch {
    throw broken("a line of it cannot be read");
  }
}

export function broken(why: string): UsageError {
  return new UsageError("backup.broken", `the backup cannot be used: ${why}`, {
    advice: "nothing was changed; take another backup file",
  });
}
