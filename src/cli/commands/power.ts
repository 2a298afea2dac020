import { UsageError } from "#base/errors.ts";
import { nearest } from "#base/nearest.ts";
import { powerActions, type PowerAction } from "#bmc/bmc.ts";
import { selectMachines, type Estate } from "#estate/estate.ts";
import type { Call } from "../call.ts";
import { choice } from "../choice.ts";

type Verb = PowerAction | "status";
const verbs: readonly Verb[] = [...powerActions, "status"];

export async function run(call: Call): Promise<number> {
  const { names, verb } = words(call);
  const app = await call.app();
  const machines = select(call, await app.estate(), names);
  if (verb === "status") {
    const { powerStatus } = await import("../power/status.ts");
    return powerStatus(call, app, machines);
  }
  const { changePower } = await import("../power/change.ts");
  return changePower(call, app, machines, verb);
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
