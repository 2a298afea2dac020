import type { Core } from "./core.ts";
import { isProvablyGone } from "./life.ts";

interface LeaseRow {
  executor: string;
  host: string;
  host_key: string;
  pid: number;
  pid_start: string;
  stale: boolean;
}

/**
 * Those of `executors` that live. Dead is: no lease (it ended cleanly), a lease not renewed for the time to live, or a process of this host that is gone. After a
 * start of the database everybody has the whole time again, as nobody could renew while it was away.
 */
export async function living(core: Core, executors: readonly (string | null)[]): Promise<Set<string>> {
  const asked = [...new Set(executors.filter((each) => each !== null))];
  if (asked.length === 0) return new Set();
  const { rows } = await core.database.pool.query<LeaseRow>(
    `select executor, host, host_key, pid, pid_start,
            now() - greatest(seen, pg_postmaster_start_time()) > $2 * interval '1 ms' as stale
       from rackhand.executor_lease where executor = any($1)`,
    [asked, core.leaseTtl],
  );
  const found = rows.map(async (row) => {
    const life = { host: row.host, hostKey: row.host_key, pid: row.pid, pidStart: row.pid_start };
    const gone = row.stale || (row.executor !== core.executor && (await isProvablyGone(life, core.life)));
    return gone ? [] : [row.executor];
  });
  return new Set((await Promise.all(found)).flat());
}

export async function isLiving(core: Core, executor: string | null): Promise<boolean> {
  return executor !== null && (await living(core, [executor])).has(executor);
}
