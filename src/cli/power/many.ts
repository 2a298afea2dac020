import type { App } from "#app/app.ts";
import { errorRecord, ExitCode, type ErrorRecord } from "#base/errors.ts";
import type { PowerAction } from "#bmc/bmc.ts";
import type { RunHandle, RunRecord } from "#engine/engine.ts";
import type { Call } from "../call.ts";
import { problemJson } from "../output/problem.ts";
import { oneLine } from "../output/terminal.ts";
import { count } from "../output/words.ts";
import { powerResult } from "../results.ts";
import { commonCode, inOrder, pool } from "./pool.ts";

/** So many machines change their power at the same time. */
const atOnce = 8;

interface Outcome {
  machine: string;
  run?: RunRecord;
  error?: ErrorRecord;
}

/** One run per machine, each shown by one line when it has ended. */
export async function powerMany(
  call: Call,
  app: App,
  machines: readonly string[],
  action: PowerAction,
): Promise<number> {
  const { out } = call;
  const widest = Math.max(...machines.map((name) => name.length));
  const tell = inOrder<Outcome>((outcome) => out.line(lineOf(call, outcome, action, widest)));
  await app.engine();
  const outcomes = await pool(machines, atOnce, async (machine, index) => {
    const outcome = await change(call, app, machine, action);
    const done = powerResult(outcome.run?.result);
    const { run, error } = outcome;
    out.row({
      machine,
      action,
      ...(done ? { before: done.before, power: done.power } : {}),
      ...(run ? { runId: run.id } : {}),
      ...(error ? { error: problemJson(error) } : {}),
    });
    tell(index, outcome);
    return outcome;
  });
  return conclude(call, outcomes, action);
}

async function change(call: Call, app: App, machine: string, action: PowerAction): Promise<Outcome> {
  try {
    call.signal.throwIfAborted();
    const why = call.value("why");
    const handle = await app.begin("power", machine, { action }, why === undefined ? {} : { why });
    const run = await untilEnded(call, handle);
    return run.error ? { machine, run, error: run.error } : { machine, run };
  } catch (error) {
    return { machine, error: errorRecord(error) };
  }
}

async function untilEnded(call: Call, handle: RunHandle): Promise<RunRecord> {
  const leave = () => void handle.leave().catch(() => undefined);
  call.signal.addEventListener("abort", leave, { once: true });
  try {
    return await handle.ended();
  } finally {
    call.signal.removeEventListener("abort", leave);
  }
}

function lineOf({ out }: Call, { machine, run, error }: Outcome, action: PowerAction, widest: number): string {
  const { green, red, dim } = out.paint;
  const name = machine.padEnd(widest);
  if (error) return `${name}  ${red(oneLine(error.message.replace(`${machine}: `, "")))}`;
  const done = powerResult(run?.result);
  const already = done?.before === done?.power && (action === "on" || action === "off");
  return `${name}  ${green(`${action} done`)}  ${dim(already ? `it was ${done?.before} already` : `power is ${done?.power ?? "?"}`)}`;
}

function conclude({ out, signal }: Call, outcomes: readonly Outcome[], action: PowerAction): number {
  const failed = outcomes.flatMap(({ error }) => (error ? [error] : []));
  const common = { workflow: "power", action, machines: outcomes.length };
  if (failed.length === 0) {
    out.result({ ok: true, ...common });
    return ExitCode.done;
  }
  const message = `${action}: ${failed.length} of ${count(outcomes.length, "machine")} failed`;
  out.say(`${out.warn.bold(out.warn.red("rackhand:"))} ${message}`);
  for (const advice of new Set(failed.flatMap((error) => error.advice ?? [])))
    out.say(`  ${out.warn.cyan(out.marks.hint)} ${advice}`);
  out.result({
    ok: false,
    ...common,
    failed: failed.length,
    error: { code: "power.some-failed", message, retryable: failed.every(({ retryable }) => retryable) },
  });
  return signal.aborted ? ExitCode.interrupted : commonCode(failed.map(({ exitCode }) => exitCode));
}
