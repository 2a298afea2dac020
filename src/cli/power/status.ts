import type { App } from "#app/app.ts";
import { errorRecord, type ErrorRecord } from "#base/errors.ts";
import type { PowerState } from "#bmc/bmc.ts";
import type { Call } from "../call.ts";
import { problemJson, sayProblem } from "../output/problem.ts";
import { oneLine } from "../output/terminal.ts";
import { count } from "../output/words.ts";
import { commonCode, inOrder, pool } from "./pool.ts";

/** So many are asked at once: a silent one delays nobody. */
const atOnce = 256;

interface Answer {
  machine: string;
  power: PowerState | "unknown";
  ms: number;
  error?: ErrorRecord;
}

/** Reads the power of each; a row per machine. Exit code 0 only when all answered. */
export async function powerStatus(call: Call, app: App, machines: readonly string[]): Promise<number> {
  const { out } = call;
  const widest = Math.max(...machines.map((name) => name.length));
  const tell = inOrder<Answer>((answer) => out.line(lineOf(call, answer, widest, machines.length === 1)));
  const answers = await pool(machines, atOnce, async (machine, index) => {
    const answer = await ask(call, app, machine);
    const { error, ms, power } = answer;
    out.row({ machine, power, ms, ...(error ? { error: problemJson(error) } : {}) });
    if (machines.length > 1 || !error) tell(index, answer);
    return answer;
  });
  return conclude(call, answers);
}

async function ask(call: Call, app: App, machine: string): Promise<Answer> {
  const begun = app.clock.monotonic();
  const ms = () => Math.round(app.clock.monotonic() - begun);
  try {
    await using bmc = await (await app.machine(machine)).bmc();
    const power = await bmc.power.status(call.signal);
    return { machine, power, ms: ms() };
  } catch (error) {
    return { machine, power: "unknown", ms: ms(), error: errorRecord(error) };
  }
}

function lineOf({ out }: Call, { machine, power, ms, error }: Answer, widest: number, alone: boolean): string {
  const { green, red, dim } = out.paint;
  const state = { on: green("on "), off: "off", unknown: red("?  ") }[power];
  if (!error) return alone ? `${machine}: ${state.trim()}` : `${machine.padEnd(widest)}  ${state}  ${dim(`${ms} ms`)}`;
  const what = error.message.startsWith(`${machine}: `) ? error.message.slice(machine.length + 2) : error.message;
  return `${machine.padEnd(widest)}  ${state}  ${red(oneLine(what))}`;
}

function conclude({ out, signal }: Call, answers: readonly Answer[]): number {
  signal.throwIfAborted();
  const failed = answers.flatMap(({ error }) => (error ? [error] : []));
  const exitCode = commonCode(failed.map((error) => error.exitCode));
  const [first] = failed;
  if (first === undefined) {
    out.result({ ok: true, machines: answers.length });
  } else if (answers.length === 1) {
    sayProblem(out, first);
    out.result({ ok: false, machines: 1, failed: 1, error: problemJson(first) });
  } else {
    const message = `${failed.length} of ${count(answers.length, "machine")} did not answer`;
    out.say(`${out.warn.bold(out.warn.red("rackhand:"))} ${message}`);
    for (const advice of new Set(failed.flatMap((error) => error.advice ?? [])))
      out.say(`  ${out.warn.cyan(out.marks.hint)} ${advice}`);
    out.result({
      ok: false,
      machines: answers.length,
      failed: failed.length,
      error: { code: "power.some-failed", message, retryable: failed.every(({ retryable }) => retryable) },
    });
  }
  return exitCode;
}
