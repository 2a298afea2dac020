import { ExitCode, UsageError } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { scripts } from "../completion/scripts.ts";

export function run(call: Call): Promise<number> {
  const shell = call.argument(0);
  const script = scripts[shell];
  if (script === undefined) {
    throw new UsageError("usage.value", `no completion for '${shell}'`, {
      advice: `there is one for ${Object.keys(scripts).join(", ")}`,
    });
  }
  call.out.stdout.write(script);
  return Promise.resolve(ExitCode.done);
}
