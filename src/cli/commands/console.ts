import { ExitCode, UsageError } from "#base/errors.ts";
import type { SerialHolder } from "#bmc/serial.ts";
import type { Call } from "../call.ts";
import { show, typeInto } from "../console/terminal.ts";
import { readLine } from "../output/prompt.ts";
import { oneLine } from "../output/terminal.ts";

export async function run(call: Call): Promise<number> {
  const { out, signal } = call;
  const machine = call.argument(0);
  const watches = call.flag("watch");
  if (!watches && (!call.interactive || !process.stdout.isTTY || out.json)) {
    throw new UsageError("console.terminal", "typing into a console takes a terminal", {
      advice: "to read it only, say --watch",
    });
  }
  const handle = await (await call.app()).machine(machine);
  await using console = await handle.serial();
  if (!out.json) out.say(`[rackhand: opening ${console.name}]`);
  await using line = await console.open({
    signal,
    consent: (holder) => mayTake(call, machine, holder),
    whenTaken: watches ? "wait" : "end",
  });
  if (watches) await show(call, line, "\n");
  else {
    out.say(`[rackhand: the console of ${machine}; ~. leaves, ~? helps]`);
    await typeInto(call, line);
    out.say(`[rackhand: left the console of ${machine}]`);
  }
  out.result({ ok: true, machine });
  return ExitCode.done;
}

/** Nothing is taken from anybody unasked. */
async function mayTake(call: Call, machine: string, { description }: SerialHolder): Promise<boolean> {
  if (call.flag("take")) return true;
  if (!call.interactive || call.out.json) return false;
  const question = `The console of ${machine} is in use by ${oneLine(description)}. Take it over? [y/N] `;
  const answer = await readLine(call.out, question, call.signal);
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}
