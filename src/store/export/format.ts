/*
 * A backup is gzipped text. Lines that begin with `#` are ours, as JSON: the head, the SQL before the rows, each table's name and columns, the SQL after the rows,
 * and the end with the counts, so that a cut-off file is known. All other lines are rows, as JSON objects.
 */

export interface Head {
  rackhand: "backup";
  format: 1;
  at: string;
  /** PostgreSQL's version, for people. */
  server: string;
}

export type Mark =
  | Head
  | { sql: string[] }
  | { table: string; columns: string[] }
  | { end: true; tables: number; rows: number };

export const markLine = (mark: Mark): string => `#${JSON.stringify(mark)}\n`;

/** Kept and restored. Other schemas of the database are not touched. */
export const schemas = ["rackhand", "dbos"];

/** Signs of life of processes: they mean nothing in another database. */
export const fleeting = new Set(["rackhand.executor_lease", "rackhand.run_wish"]);
