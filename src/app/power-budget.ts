import { sql } from "kysely";
import { RefusedError } from "#base/errors.ts";
import type { PowerAction } from "#bmc/bmc.ts";
import type { Database } from "#store/database.ts";

/** Automatic power actions that one controller may see in a day. */
export const powerActionsPerDay = 20;

export interface PowerAct {
  machine: string;
  bmcKey: string;
  action: PowerAction;
  runId: string;
  who: string;
  /** By rackhand's own decision, not by a person's word. */
  automatic: boolean;
}

/**
 * Records a power action right before it is done. Throws RefusedError `power.limit` when it is an automatic one and the controller has seen
 * {@link powerActionsPerDay} in the last 24 hours (by the database's clock).
 */
export async function spendPowerAction({ kysely }: Database, act: PowerAct): Promise<void> {
  const { machine, bmcKey, action, runId, who } = act;
  if (act.automatic) {
    const { count } = await kysely
      .selectFrom("power_action")
      .select((of) => of.fn.countAll<string>().as("count"))
      .where("bmc_key", "=", bmcKey)
      .where("at", ">", sql<Date>`now() - interval '1 day'`)
      .executeTakeFirstOrThrow();
    if (Number(count) >= powerActionsPerDay) throw spent(machine, Number(count));
  }
  await kysely.insertInto("power_action").values({ bmc_key: bmcKey, machine, action, run_id: runId, who }).execute();
}

function spent(machine: string, count: number): RefusedError {
  return new RefusedError(
    "power.limit",
    `had ${count} power actions in the last 24 hours; ${powerActionsPerDay} is the limit`,
    {
      subject: machine,
      advice:
        "something is wrong with it that resets do not cure: look at its console; 'rackhand power' by hand is still possible",
    },
  );
}
