import type { MachineHandle } from "#app/app.ts";
import { ExitCode } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import type { PowerState } from "#bmc/bmc.ts";
import type { Look, ProbePlan } from "#probes/probe.ts";
import type { RunInput } from "#workflows/run/index.ts";
import type { StopInput } from "#workflows/stop/index.ts";
import type { WakeInput } from "#workflows/wake/index.ts";
import type { Call } from "./call.ts";
import { bootWords, probeWords } from "./output/device-words.ts";
import type { BootInput } from "#workflows/boot/index.ts";

/** What a dry run saw and what the real one would do about it. */
interface Plan {
  machine: string;
  seen: string;
  would: readonly string[];
}

/** Reads the power as the run would: every secret is read, the BMC is asked, nothing is changed and no database is started. */
async function readPower(call: Call, handle: MachineHandle): Promise<PowerState> {
  await using bmc = await handle.bmc();
  return await bmc.power.status(call.signal);
}

async function see(
  call: Call,
  machine: string,
): Promise<{ handle: MachineHandle; power: PowerState; plan: ProbePlan; look: Look }> {
  const app = await call.app();
  const handle = await app.machine(machine);
  const plan = await handle.probe("ready");
  const power = await readPower(call, handle);
  return { handle, power, plan, look: await app.look(plan.probe, { timeout: plan.timeout, signal: call.signal }) };
}

export async function planWake(call: Call, machine: string, input: WakeInput): Promise<number> {
  const seen = await see(call, machine);
  return tell(call, { machine, seen: `power is ${seen.power}; ${seen.look.detail}`, would: wakeSteps(seen, input) });
}

function wakeSteps(
  { handle, power, plan, look }: { handle: MachineHandle; power: PowerState; plan: ProbePlan; look: Look },
  input: WakeInput,
): string[] {
  if (power === "on" && look.outcome === "ready") return [];
  const { tries, between } = { ...handle.declared.wake, ...input };
  const limit = formatDuration(input.within ?? plan.within);
  const again = `not ready by then: ${between}, and look again, up to ${tries} tries in all`;
  const free = power === "off" || input.resetIfOn === true;
  return [
    ...(power === "off" ? ["switch it on, and read that back"] : []),
    `look at ${probeWords(plan.probe)} every ${formatDuration(plan.every)} until it is ready, for up to ${limit}`,
    free ? again : "not ready by then: stop with exit code 4, because it was on before (--reset-if-on allows resets)",
  ];
}

export async function planRun(call: Call, machine: string, input: RunInput): Promise<number> {
  const seen = await see(call, machine);
  const command =
    "command" in input.job ? input.job.command : (seen.handle.declared.jobs[input.job.job]?.command ?? [input.job.job]);
  const off = input.after === "stop" || (input.after === "restore" && seen.power === "off");
  const last = off ? ["shut it down cleanly, and read off twice"] : [];
  return tell(call, {
    machine,
    seen: `power is ${seen.power}; ${seen.look.detail}`,
    would: [...wakeSteps(seen, input.wake), `do the job: ${command.join(" ")}`, ...last],
  });
}

export async function planStop(call: Call, machine: string, input: StopInput): Promise<number> {
  const handle = await (await call.app()).machine(machine);
  const power = await readPower(call, handle);
  const hardAfter = input.hardAfter ?? handle.declared.stop.hardAfter;
  const limit = formatDuration(hardAfter ?? input.within ?? handle.declared.stop.within);
  const late = hardAfter === undefined ? "stop with exit code 1, leaving it on" : "switch it off hard, as told";
  const would =
    power === "off"
      ? []
      : [`ask the system to shut down, and wait up to ${limit} until off is read twice`, `not off by then: ${late}`];
  return tell(call, { machine, seen: `power is ${power}`, would });
}

/** What would be done to a machine's controller, which has to answer for that. */
export async function planController(call: Call, machine: string, would: readonly string[]): Promise<number> {
  const power = await readPower(call, await (await call.app()).machine(machine));
  return tell(call, { machine, seen: `its controller answers, power is ${power}`, would });
}

/** What a power action would do to one machine in that state. */
export function powerSteps(action: string, power: PowerState): string[] {
  if (action === power) return [];
  if (action === "on") return ["switch it on, and read that back"];
  if (action === "off") return ["cut its power at once, and read that back"];
  if (power === "off") return [`refuse: it is off, so there is nothing to ${action === "soft" ? "shut down" : action}`];
  return [
    {
      soft: "ask the system to shut down",
      cycle: "cycle its power, once",
      reset: "reset it, once",
      nmi: "send a diagnostic interrupt, once",
    }[action] ?? action,
  ];
}

export async function planPower(call: Call, machines: readonly string[], action: string): Promise<number> {
  const app = await call.app();
  const plans = await Promise.all(
    machines.map(async (machine): Promise<Plan> => {
      const power = await readPower(call, await app.machine(machine));
      return { machine, seen: `power is ${power}`, would: powerSteps(action, power) };
    }),
  );
  return tell(call, ...plans);
}

export async function planBoot(call: Call, machine: string, input: BootInput): Promise<number> {
  const handle = await (await call.app()).machine(machine);
  await using bmc = await handle.bmc();
  const now = await bmc.boot?.get(call.signal);
  const seen = now ? `set now: ${bootWords(now)}` : "its BMC cannot set a boot device";
  return tell(call, {
    machine,
    seen,
    would: bmc.boot ? [`set ${input.device}, ${input.persistence}, and read it back`] : ["fail"],
  });
}

function tell({ out }: Call, ...plans: Plan[]): number {
  for (const { machine, seen, would } of plans) {
    out.row({ machine, seen, would });
    out.line(`${out.paint.bold(machine)}: ${seen}; ${would.length === 0 ? "nothing to do" : "would"}`);
    for (const [i, step] of would.entries()) out.line(`  ${i + 1}. ${step}`);
  }
  out.line(out.paint.dim("dry run: nothing was changed"));
  out.result({ ok: true, dryRun: true, machines: plans.length });
  return ExitCode.done;
}
