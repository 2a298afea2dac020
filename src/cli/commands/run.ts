import { ExitCode, UsageError } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { JobInput } from "#workflows/fleet.ts";
import type { RunInput } from "#workflows/run/index.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { choice } from "../choice.ts";
import { planRun } from "../dry-run.ts";
import { runResult } from "../results.ts";
import { wakeInput } from "./wake.ts";

const afterwards = {
  "as before": "the power is as it was",
  off: "the machine is off",
  "left on": "the machine is left on",
} as const;

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const job = jobInput(call);
  const input: RunInput = { wake: wakeInput(call), job, after: await after(call, machine, job), ...hardAfter(call) };
  if (call.flag("dryRun")) return planRun(call, machine, input);
  return carryOut(call, { workflow: "run", machine, input, tell: (done) => tell(call, done), exitCode });
}

/** Said on stderr: stdout belongs to the job. */
function tell({ out }: Call, { machine, result }: RunRecord): void {
  const done = runResult(result);
  if (!done) return;
  const ended = `the job ended with ${done.exitCode} after ${formatDuration(done.seconds * 1000)}`;
  const paint = done.exitCode === 0 ? out.warn.green : out.warn.red;
  out.say(`${out.warn.bold(machine)}: ${paint(ended)}; ${afterwards[done.power]}`);
}

/** The job's own code; 125 when a run that had begun failed by itself, 2 when it found out before it did anything that it was not possible as declared. */
function exitCode(run: RunRecord): number | undefined {
  if (run.state === "done") return runResult(run.result)?.exitCode;
  const begun = run.steps.some(
    ({ title, effect, state }) => effect !== "reads" && state === "done" && !title.startsWith("Give back"),
  );
  if (run.error?.exitCode === ExitCode.usage && !begun) return ExitCode.usage;
  return run.state === "cancelled" || run.error?.code === "cancelled" ? ExitCode.interrupted : ExitCode.own;
}

function jobInput(call: Call): JobInput {
  const [name, command] = [call.value("job"), call.words(1)];
  if (name !== undefined && command.length > 0) throw new UsageError("usage.job", "give a command or --job, not both");
  if (name !== undefined) return { job: name };
  if (command.length > 0) return { command: [...command] };
  throw new UsageError("usage.job", "no job is given", {
    advice: "put the command after --, or name one of the machine's jobs with --job",
  });
}

async function after(call: Call, machine: string, job: JobInput): Promise<RunInput["after"]> {
  const said = choice(call.value("after"), ["restore", "stop", "keep"]);
  if (said !== undefined) return said;
  if (!("job" in job)) return "restore";
  const { declared } = await (await call.app()).machine(machine);
  return declared.jobs[job.job]?.after ?? "restore";
}

function hardAfter(call: Call): { hardAfter?: number } {
  const limit = call.duration("hardAfter");
  return limit === undefined ? {} : { hardAfter: limit };
}
