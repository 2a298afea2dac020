import type pg from "pg";
import { fleeting, markLine, schemas } from "./format.ts";
import { schemaSql, type Table } from "./schema-sql.ts";

const atOnce = 1000;

/** The whole backup, as one transaction sees the database. Throws whatever the database throws. */
export async function* dump(client: pg.PoolClient, at: string): AsyncGenerator<string> {
  await client.query("begin isolation level repeatable read read only");
  try {
    // So that all names come with their schema: a user of the same name as a schema finds it without.
    await client.query("set local search_path = ''");
    const { rows } = await client.query<{ server: string }>("select current_setting('server_version') as server");
    const made = await schemaSql(client, schemas);
    yield markLine({ rackhand: "backup", format: 1, at, server: rows[0]?.server ?? "?" });
    yield markLine({ sql: made.before });
    let count = 0;
    for (const table of made.tables) {
      yield markLine({ table: table.name, columns: table.columns });
      if (fleeting.has(table.name)) continue;
      for await (const lines of rowsOf(client, table)) {
        count += lines.length;
        yield `${lines.join("\n")}\n`;
      }
    }
    yield markLine({ sql: made.after });
    yield markLine({ end: true, tables: made.tables.length, rows: count });
  } finally {
    await client.query("rollback").catch(() => {});
  }
}

async function* rowsOf(client: pg.PoolClient, { name, columns }: Table): AsyncGenerator<string[]> {
  await client.query(
    `declare rows no scroll cursor for select to_jsonb(t)::text as row from (select ${columns.join(", ")} from ${name}) t`,
  );
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${atOnce} from rows`);
    if (rows.length === 0) break;
    yield rows.map(({ row }) => row);
  }
  await client.query("close rows");
}
