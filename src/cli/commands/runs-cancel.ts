import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { runJson } from "../output/run-json.ts";
import { whichRun } from "../which-run.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const engine = await (await call.app()).engine();
  const found = await whichRun(engine, call.argument(0));
  const cancelled = await engine.cancel(found.id);
  const name = `${cancelled.workflow} ${cancelled.machine}`;
  const words =
    cancelled.ended === undefined
      ? "is being cancelled; what it holds is given back"
      : cancelled.state === "cancelled"
        ? "is cancelled"
        : `had ended already: ${cancelled.state}`;
  out.line(`${out.paint.bold(name)} ${words}`);
  out.result({ ok: true, ...runJson(cancelled) });
  return ExitCode.done;
}
