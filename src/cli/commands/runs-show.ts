import { ExitCode } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { Call } from "../call.ts";
import { sayProblem } from "../output/problem.ts";
import { howToAnswer } from "../output/prompt.ts";
import { runJson, runSeconds, stepJson } from "../output/run-json.ts";
import { endedLines, hasEnded, plainLine, type Look } from "../output/step-lines.ts";
import { pairLines } from "../output/table.ts";
import { moment } from "../output/words.ts";
import { whichRun } from "../which-run.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const engine = await (await call.app()).engine();
  const found = await whichRun(engine, call.argument(0));
  for (const step of found.steps) out.row({ step: stepJson(step) });
  if (!out.json) show(call, found);
  out.result({
    ok: true,
    ...runJson(found),
    seconds: runSeconds(found, Date.now()),
    result: found.result,
    steps: found.steps.map(stepJson),
  });
  return ExitCode.done;
}

function show({ out }: Call, found: RunRecord): void {
  out.line(`${out.paint.bold(`${found.workflow} ${found.machine}`)}  run ${found.id}`);
  out.lines(pairLines(headPairs(found), "  "));
  const look: Look = {
    paint: out.paint,
    marks: out.marks,
    columns: out.stdout.isTTY ? out.stdout.columns || 80 : Infinity,
  };
  for (const step of found.steps) {
    out.lines(hasEnded(step) ? endedLines(step, look) : [`  ${out.marks.asking} ${plainLine(step, Date.now())}`]);
    for (const { name, hash, size } of step.evidence)
      out.line(out.paint.dim(`      ${name}  ${size} bytes  sha256 ${hash}`));
  }
  if (found.question) {
    out.line(`  ${out.paint.yellow(out.marks.asking)} ${found.question.text}`);
    out.line(`    ${howToAnswer(found.id, found.question)}`);
  }
  if (found.error) sayProblem(out, found.error);
}

function headPairs(found: RunRecord): [string, string | undefined][] {
  const took = formatDuration(runSeconds(found, Date.now()) * 1000);
  const unfinished = found.state === "unfinished" ? "its process is gone: rackhand runs resume " + found.id : undefined;
  return [
    ["state", unfinished === undefined ? found.state : `unfinished; ${unfinished}`],
    ["began", `${moment(found.created)}, by ${found.who}${found.why === undefined ? "" : `: ${found.why}`}`],
    ["ended", found.ended === undefined ? undefined : `${moment(found.ended)}, after ${took}`],
    ["process", found.ended === undefined ? `${found.pid} on ${found.host}` : undefined],
  ];
}
