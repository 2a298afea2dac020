import { ExitCode, UsageError } from "#base/errors.ts";
import { selectMachines, type Estate } from "#estate/estate.ts";
import type { Machine } from "#estate/machine.ts";
import type { Call } from "../call.ts";
import { controllerWords } from "../output/machine-words.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const estate = await (await call.app()).estate();
  const machines = chosen(call, estate);
  for (const { name, type, site, cluster, role, tags, bmc } of machines) {
    out.row({
      machine: name,
      kind: type,
      site,
      cluster,
      role,
      tags,
      ...(bmc ? { bmc: { address: bmc.address, port: bmc.port } } : {}),
    });
  }
  const rows = machines.map((machine) => [
    machine.name,
    machine.site ?? "",
    machine.role ?? "",
    controllerWords(machine),
    Object.keys(machine.jobs).join(", "),
  ]);
  if (rows.length > 0) out.table(["MACHINE", "SITE", "ROLE", "CONTROLLER", "JOBS"], rows);
  out.result({ ok: true, machines: machines.length });
  return ExitCode.done;
}

function chosen(call: Call, estate: Estate): Machine[] {
  const [site, role] = [call.value("site"), call.value("role")];
  if (site !== undefined || role !== undefined) {
    return selectMachines(estate, { ...(site === undefined ? {} : { site }), ...(role === undefined ? {} : { role }) });
  }
  if (estate.machines.size === 0) {
    throw new UsageError("machine.none", `the estate ${estate.root} declares no machine`, {
      advice: "`rackhand init` shows what a machine looks like",
    });
  }
  return [...estate.machines.values()];
}
