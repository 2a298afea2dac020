import type { App, WorkflowName } from "#app/app.ts";
import { CancelledError, errorRecord, ExitCode, type ErrorRecord } from "#base/errors.ts";
import type { Engine, RunRecord } from "#engine/engine.ts";
import type { Json } from "#engine/flow.ts";
import type { Call } from "./call.ts";
import { problemJson, sayProblem } from "./output/problem.ts";
import { runSeconds } from "./output/run-json.ts";
import { ago, count } from "./output/words.ts";
import { triesOf } from "./results.ts";
import { watch, type Watched } from "./watch.ts";

export interface Order {
  workflow: WorkflowName;
  machine: string;
  input: Json;
  /** Says in one line, to people, how it went; only when it went well. */
  tell: (run: RunRecord, app: App) => Promise<void> | void;
  /** The exit code of a run that ended, where it is not simply 0 or its error's. */
  exitCode?: (run: RunRecord) => number | undefined;
}

/** Does a changing verb as a run, from its begin to the exit code. */
export async function carryOut(call: Call, order: Order): Promise<number> {
  const app = await call.app();
  const why = call.value("why");
  const handle = await app.begin(order.workflow, order.machine, order.input, why === undefined ? {} : { why });
  const engine = await app.engine();
  await nameUnfinished(call, engine, handle.id);
  const watched = await watch(call, app, handle);
  return finish(call, app, watched, order);
}

/** Reports how a run ended: one line or the error for people, the result for scripts. */
export async function finish(
  call: Call,
  app: App,
  { run, left }: Watched,
  order: Pick<Order, "tell" | "exitCode">,
): Promise<number> {
  const { out } = call;
  if (left) return tellLeft(call, run);
  const ok = run.state === "done";
  if (ok && !out.json) await order.tell(run, app);
  const problem = ok
    ? undefined
    : run.state === "cancelled"
      ? cancelledRecord(run)
      : (run.error ?? cancelledRecord(run));
  if (problem) {
    sayProblem(out, problem);
    out.say(`  ${out.warn.cyan(out.marks.hint)} what happened: rackhand runs show ${run.id}`);
  }
  out.result(resultJson(run, problem));
  return order.exitCode?.(run) ?? problem?.exitCode ?? ExitCode.done;
}

/** The last line with `--json`: what was done, in the workflow's own fields, and the error if there is one. */
export function resultJson(run: RunRecord, problem?: ErrorRecord): object {
  const own = typeof run.result === "object" && run.result !== null && !Array.isArray(run.result) ? run.result : {};
  const tries = triesOf(run);
  return {
    ok: problem === undefined,
    workflow: run.workflow,
    machine: run.machine,
    ...own,
    ...(tries.length > 0 && problem ? { tries } : {}),
    seconds: runSeconds(run, Date.now()),
    runId: run.id,
    ...(problem ? { error: problemJson(problem) } : {}),
  };
}

function cancelledRecord({ workflow, machine, steps }: RunRecord): ErrorRecord {
  const held = steps.some(({ title, state }) => title.startsWith("Give back") && state === "done");
  return errorRecord(
    new CancelledError(`${workflow} ${machine} was cancelled${held ? "; what it held was given back" : ""}`),
  );
}

function tellLeft({ out }: Call, run: RunRecord): number {
  out.say(`left; run ${run.id} goes on for others: rackhand runs follow ${run.id}`);
  const error = { code: "left", message: `left; the run goes on`, retryable: false };
  out.result({ ok: false, workflow: run.workflow, machine: run.machine, runId: run.id, error });
  return ExitCode.interrupted;
}

/** Runs whose process is gone are named whenever a run begins, so that none is forgotten; nothing is done about them. */
async function nameUnfinished(call: Call, engine: Engine, ours: string): Promise<void> {
  const left = (await engine.unfinished().catch(() => [])).filter(({ id }) => id !== ours);
  if (left.length === 0) return;
  const { out } = call;
  out.say(
    `${out.warn.yellow(out.marks.warned)} ${count(left.length, "run was left unfinished", "runs were left unfinished")}; nothing is done about it now:`,
  );
  for (const run of left.slice(0, 5)) {
    const step = run.steps.findLast(({ state }) => state === "running" || state === "asking")?.title;
    const where = step === undefined ? "" : `, at '${step}'`;
    out.say(
      `    ${run.workflow} ${run.machine}, by ${run.who}, ${ago(Date.parse(run.created), Date.now())}${where}: rackhand runs resume ${run.id}`,
    );
  }
  if (left.length > 5) out.say("    and more: rackhand runs list --only unfinished");
}
