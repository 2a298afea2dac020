import type pg from "pg";
import { systemClock } from "#base/clock.ts";
import { milliseconds } from "#base/units.ts";

/** Any number that nobody else locks. */
const lockKey = 7_203_991_114;

/** Does what two processes that start on an empty database must not do beside each other. `client` is the connection that holds the lock. */
export async function alone<T>(pool: pg.Pool, act: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    // Asked again and again: whoever waits inside a query keeps a snapshot, and an index that is built concurrently waits for all of those.
    while (!(await tryLock(client))) await systemClock.sleep(milliseconds(100));
    return await act(client);
  } finally {
    // Ending the connection also ends its lock, whatever state the session is in.
    client.release(true);
  }
}

async function tryLock(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>("select pg_try_advisory_lock($1) as got", [lockKey]);
  return rows[0]?.got === true;
}
