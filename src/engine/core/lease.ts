import { systemClock, type Clock } from "#base/clock.ts";
import { milliseconds, type Ms } from "#base/units.ts";
import { isOutage, throughOutages } from "#store/outage.ts";
import type { Database } from "#store/database.ts";
import type { Life } from "./life.ts";

/** This process's sign of life in the database. Whose lease is old is taken for dead, and its runs may be adopted. */
export interface Lease extends AsyncDisposable {
  /** By our own clock, which also counts the time in which this process was stopped: nobody can have taken us for dead yet. */
  fresh(): boolean;
  /** Renews it now; waits for a database that is away. */
  renew(signal?: AbortSignal): Promise<void>;
}

/** What is left of the time to live when changing something is still safe: the change itself takes time. */
const safetyMargin = 0.7;

/** Takes the lease and renews it every fifth of `ttl`, in real time. */
export async function keepLease(database: Database, executor: string, life: Life, ttl: Ms): Promise<Lease> {
  const clock: Clock = systemClock;
  const stop = new AbortController();
  let seen = -Infinity;

  async function beat(): Promise<void> {
    const asked = clock.monotonic();
    const { host, hostKey, pid, pidStart } = life;
    await database.pool.query(
      `insert into rackhand.executor_lease (executor, host, host_key, pid, pid_start) values ($1, $2, $3, $4, $5)
       on conflict (executor) do update set seen = now()`,
      [executor, host, hostKey, pid, pidStart],
    );
    seen = asked;
  }
  async function keep(): Promise<void> {
    for (;;) {
      await clock.sleep(milliseconds(ttl / 5), stop.signal);
      await beat().catch((error: unknown) => {
        if (!isOutage(error)) throw error;
      });
    }
  }
  await throughOutages(clock, beat);
  // Killed processes leave theirs behind. After a day nobody asks for it any more.
  await database.pool
    .query("delete from rackhand.executor_lease where seen < now() - interval '1 day'")
    .catch(() => {});
  const kept = keep().catch(() => {});
  return {
    fresh: () => clock.monotonic() - seen < ttl * safetyMargin,
    renew: (signal) => throughOutages(clock, beat, signal),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await kept;
      await database.pool.query("delete from rackhand.executor_lease where executor = $1", [executor]).catch(() => {});
    },
  };
}
