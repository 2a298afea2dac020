import { formatDuration } from "#base/units.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { planController } from "../dry-run.ts";
import { bmcResetResult } from "../results.ts";

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const wait = call.flag("wait"); // unless --no-wait says otherwise
  if (call.flag("dryRun")) {
    const would = ["restart its controller", ...(wait ? ["wait until it answers again, for up to 10 min"] : [])];
    return planController(call, machine, would);
  }
  return carryOut(call, {
    workflow: "bmc-reset",
    machine,
    input: { wait },
    tell: ({ result }) => {
      const took = bmcResetResult(result)?.seconds;
      const back =
        took === null || took === undefined ? "" : `, and answers again after ${formatDuration(took * 1000)}`;
      call.out.line(`${call.out.paint.bold(machine)}: its controller was restarted${back}`);
    },
  });
}
