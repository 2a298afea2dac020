import { ExitCode } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import { runStates, type RunRecord } from "#engine/engine.ts";
import type { Call } from "../call.ts";
import { choice } from "../choice.ts";
import { runJson, runSeconds } from "../output/run-json.ts";
import { moment } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const engine = await (await call.app()).engine();
  const [machine, workflow] = [call.value("machine"), call.value("workflow")];
  const state = choice(call.value("only"), runStates);
  const runs = await engine.list({
    limit: call.count("limit", 1) ?? 20,
    ...(machine === undefined ? {} : { machine }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(state === undefined ? {} : { state }),
  });
  for (const each of runs) out.row(runJson(each));
  if (runs.length === 0) out.say("no runs");
  else
    out.table(
      ["RUN", "WHAT", "MACHINE", "STATE", "BEGAN", "TOOK", "BY"],
      runs.map((each) => cells(call, each)),
    );
  out.result({ ok: true, runs: runs.length });
  return ExitCode.done;
}

function cells({ out }: Call, run: RunRecord): string[] {
  const { green, red, yellow, cyan } = out.paint;
  const colour = { running: cyan, asking: yellow, done: green, failed: red, cancelled: yellow, unfinished: red }[
    run.state
  ];
  const took = run.state === "unfinished" ? "" : formatDuration(runSeconds(run, Date.now()) * 1000);
  return [run.id, run.workflow, run.machine, colour(run.state), moment(run.created), took, run.who];
}
