import { UsageError } from "#base/errors.ts";
import { nearest } from "#base/nearest.ts";
import { powerActions, type PowerAction } from "#bmc/bmc.ts";
import { selectMachines, type Estate } from "#estate/estate.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { choice } from "../choice.ts";
import { confirmMany } from "../confirm.ts";
import { planPower } from "../dry-run.ts";
import { powerResult } from "../results.ts";
import { powerMany } from "../power/many.ts";
import { powerStatus } from "../power/status.ts";

type Verb = PowerAction | "status";
const verbs: readonly Verb[] = [...powerActions, "status"];

export async function run(call: Call): Promise<number> {
  const { names, verb } = words(call);
  const app = await call.app();
  const machines = select(call, await app.estate(), names);
  if (verb === "status") return powerStatus(call, app, machines);
  if (call.flag("dryRun")) return planPower(call, machines, verb);
  await confirmMany(call, machines, verb);
  const [only = "", ...more] = machines;
  if (more.length > 0) return powerMany(call, app, machines, verb);
  return carryOut(call, {
    workflow: "power",
    machine: only,
    input: { action: verb },
    tell: ({ result }) => {
      const done = powerResult(result);
      if (done) call.out.line(powerWords(call, only, verb, done.before, done.power));
    },
  });
}

function powerWords({ out }: Call, machine: string, action: PowerAction, before: string, power: string): string {
  const name = out.paint.bold(machine);
  if (action === "on" || action === "off") return `${name} is ${power}${before === power ? ": it was already" : ""}`;
  if (action === "soft") return `${name}: the system was asked to shut down; rackhand stop ${machine} also proves it`;
  return `${name}: ${action} done, power is ${power}`;
}

function words(call: Call): { names: string[]; verb: Verb } {
  const names = [...call.words(0)];
  const last = names.pop() ?? "";
  const verb = choice(last, verbs);
  if (verb !== undefined) return { names, verb };
  const first = choice(names[0], verbs);
  const meant = nearest(last, verbs);
  const advice = first
    ? `what to do comes last: rackhand power ${[...names.slice(1), last].join(" ")} ${first}`
    : meant
      ? `did you mean '${meant}'?`
      : `end with one of ${verbs.join(", ")}`;
  throw new UsageError("usage.argument", `'${last}' is not something that power can do`, { advice });
}

function select(call: Call, estate: Estate, names: readonly string[]): string[] {
  const [site, role] = [call.value("site"), call.value("role")];
  const chosen = selectMachines(estate, {
    names,
    all: call.flag("all"),
    ...(site === undefined ? {} : { site }),
    ...(role === undefined ? {} : { role }),
  });
  return chosen.map(({ name }) => name);
}
