import type { StopInput } from "#workflows/stop/index.ts";
import { formatDuration, seconds } from "#base/units.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { planStop } from "../dry-run.ts";
import { stopResult } from "../results.ts";

const how = { none: "it was already", soft: "shut down cleanly", hard: "switched off hard, as told" } as const;

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const input = stopInput(call);
  if (call.flag("dryRun")) return planStop(call, machine, input);
  return carryOut(call, {
    workflow: "stop",
    machine,
    input,
    tell: ({ result }) => {
      const stopped = stopResult(result);
      const took = stopped && !stopped.already ? ` in ${formatDuration(stopped.seconds * 1000)}` : "";
      call.out.line(`${call.out.paint.bold(`${machine} is off`)}: ${how[stopped?.how ?? "none"]}${took}`);
    },
  });
}

function stopInput(call: Call): StopInput {
  const [within, hardAfter] = [call.duration("within", seconds(1)), call.duration("hardAfter")];
  return { ...(within === undefined ? {} : { within }), ...(hardAfter === undefined ? {} : { hardAfter }) };
}
