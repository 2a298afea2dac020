import { seconds } from "#base/units.ts";
import type { WakeInput } from "#workflows/wake/index.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { planWake } from "../dry-run.ts";
import { choice } from "../choice.ts";
import { wakeResult } from "../results.ts";
import { tellWake } from "../tries.ts";

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const input = wakeInput(call);
  if (call.flag("dryRun")) return planWake(call, machine, input);
  return carryOut(call, {
    workflow: "wake",
    machine,
    input,
    tell: async (ended, app) => {
      const { wakeHistory } = await import("#app/history.ts");
      const history = await wakeHistory(await app.database(), machine).catch(() => undefined);
      call.out.line(tellWake(call.out, machine, wakeResult(ended.result), ended, history));
    },
  });
}

/** What the command line overrides of the estate's policy. */
export function wakeInput(call: Call): WakeInput {
  const [tries, within] = [call.count("tries", 1), call.duration("within", seconds(1))];
  const between = choice(call.value("between"), ["reset", "cycle", "off-on"]);
  return {
    ...(tries === undefined ? {} : { tries }),
    ...(within === undefined ? {} : { within }),
    ...(between === undefined ? {} : { between }),
    ...(call.flag("resetIfOn") ? { resetIfOn: true } : {}),
  };
}
