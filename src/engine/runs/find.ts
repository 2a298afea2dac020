import { UsageError } from "#base/errors.ts";
import type { Core } from "#engine/core/core.ts";
import type { Engine, RunRecord } from "#engine/engine.ts";
import { recordsOf, type RunRow } from "./records.ts";

export async function rowOf(core: Core, runId: string): Promise<RunRow | undefined> {
  const { rows } = await core.database.pool.query<RunRow>("select * from rackhand.run where id = $1", [runId]);
  return rows[0];
}

/** Throws UsageError `run.unknown`. */
export async function knownRow(core: Core, runId: string): Promise<RunRow> {
  const row = await rowOf(core, runId);
  if (!row) throw new UsageError("run.unknown", `there is no run '${runId}'`, { advice: "see: rackhand runs list" });
  return row;
}

/** Throws UsageError `run.unknown`. */
export async function show(core: Core, runId: string): Promise<RunRecord> {
  const [record] = await recordsOf(core, [await knownRow(core, runId)], { usual: true });
  if (!record) throw new UsageError("run.unknown", `there is no run '${runId}'`);
  return record;
}

const limitByDefault = 50;

/** Newest first. `running`, `asking` and `unfinished` are told apart by who lives, so they are all read and then sorted out. */
export async function list(core: Core, filter: Parameters<Engine["list"]>[0] = {}): Promise<RunRecord[]> {
  const { machine, state, workflow, limit = limitByDefault } = filter;
  const open = state === "running" || state === "asking" || state === "unfinished";
  const { rows } = await core.database.pool.query<RunRow>(
    `select * from rackhand.run
      where ($1::text is null or machine = $1) and ($2::text is null or workflow = $2) and ($3::text is null or state = $3)
      order by created desc, id desc limit $4`,
    [machine ?? null, workflow ?? null, open ? "running" : (state ?? null), open ? 10_000 : limit],
  );
  const records = await recordsOf(core, rows);
  return (open ? records.filter((record) => record.state === state) : records).slice(0, limit);
}
