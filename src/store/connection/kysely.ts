import { Kysely, PostgresDialect, WithSchemaPlugin } from "kysely";
import type pg from "pg";
import type { Schema } from "#store/schema.ts";

/** Typed queries on the pool. Closing stays with who owns the pool. */
export function kyselyOn(pool: pg.Pool): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new WithSchemaPlugin("rackhand")],
  });
}
