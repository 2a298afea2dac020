import { UsageError } from "#base/errors.ts";
import type { Json } from "#engine/flow.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { planController } from "../dry-run.ts";

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const account = call.argument(1) || (await ownAccount(call, machine));
  const source = sourceGiven(call, account, machine);
  if (call.flag("dryRun"))
    return planController(call, machine, [`set the password of '${account}'`, "log in with it once to prove it"]);
  return carryOut(call, {
    workflow: "bmc-password",
    machine,
    input: { account, source },
    tell: () => {
      call.out.line(`${call.out.paint.bold(machine)}: '${account}' has a new password; a log-in with it worked`);
      call.out.say("  put it where the estate reads it from; until then rackhand tries the old one");
    },
  });
}

/** The account that rackhand uses itself. */
async function ownAccount(call: Call, machine: string): Promise<string> {
  const handle = await (await call.app()).machine(machine);
  return handle.account();
}

function sourceGiven(call: Call, account: string, machine: string): Json {
  const text = call.value("from");
  if (text === undefined) return { prompt: `New password of '${account}' at ${machine}` };
  const [, kind = "", rest = ""] = /^(env|file):(.+)$/s.exec(text) ?? [];
  if (kind !== "") return { [kind]: rest };
  throw new UsageError("usage.option", "--from takes env:NAME or file:PATH", {
    advice: "a password never stands on a command line: others can read it there",
  });
}
