import type { App } from "#app/app.ts";
import type { PowerAction } from "#bmc/bmc.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { confirmMany } from "../confirm.ts";
import { planPower } from "../dry-run.ts";
import { powerResult } from "../results.ts";
import { powerMany } from "./many.ts";

/** A power action on one machine, shown live, or on several, one line each, once their number is agreed. */
export async function changePower(
  call: Call,
  app: App,
  machines: readonly string[],
  action: PowerAction,
): Promise<number> {
  if (call.flag("dryRun")) return planPower(call, machines, action);
  await confirmMany(call, machines, action);
  const [only = "", ...more] = machines;
  if (more.length > 0) return powerMany(call, app, machines, action);
  return carryOut(call, {
    workflow: "power",
    machine: only,
    input: { action },
    tell: ({ result }) => {
      const done = powerResult(result);
      if (done) call.out.line(powerWords(call, only, action, done.before, done.power));
    },
  });
}

function powerWords({ out }: Call, machine: string, action: PowerAction, before: string, power: string): string {
  const name = out.paint.bold(machine);
  if (action === "on" || action === "off") return `${name} is ${power}${before === power ? ": it was already" : ""}`;
  if (action === "soft") return `${name}: the system was asked to shut down; rackhand stop ${machine} also proves it`;
  return `${name}: ${action} done, power is ${power}`;
}
