import os from "node:os";
import type { Clock } from "#base/clock.ts";
import { claimOnHost } from "#bmc/claim.ts";
import type { Engine, RunRecord } from "#engine/engine.ts";
import { startEngine } from "#engine/start.ts";
import { bmcPassword } from "#workflows/bmc-password/index.ts";
import { bmcReset } from "#workflows/bmc-reset/index.ts";
import { boot } from "#workflows/boot/index.ts";
import { power } from "#workflows/power/index.ts";
import { run } from "#workflows/run/index.ts";
import { stop } from "#workflows/stop/index.ts";
import { wake } from "#workflows/wake/index.ts";
import { openFleet, type FleetDeps } from "./fleet.ts";

/** The engine with every workflow; each run it executes owns its machine's controller on this host. */
export async function openEngine(deps: FleetDeps, clock: Clock): Promise<Engine> {
  const fleet = openFleet(deps);
  return startEngine({
    database: await deps.database(),
    stateDir: deps.stateDir,
    clock,
    workflows: [wake(fleet), run(fleet), stop(fleet), power(fleet), boot(fleet), bmcReset(fleet), bmcPassword(fleet)],
    own: async (record, live) =>
      claimOnHost(await (await deps.machine(record.machine)).claims(), () => holder(record, live.step())),
  });
}

function holder(record: RunRecord, step: string | undefined) {
  return {
    machine: record.machine,
    run: record.id,
    workflow: record.workflow,
    person: record.who,
    pid: process.pid,
    host: os.hostname(),
    since: record.created,
    ...(step === undefined ? {} : { step }),
  };
}
