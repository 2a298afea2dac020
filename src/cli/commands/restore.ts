import path from "node:path";
import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { count } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const file = path.resolve(call.argument(0));
  const { restore } = await import("#store/backup.ts");
  const done = await restore(await (await call.app()).database(), file, { replace: call.flag("replace") });
  out.line(
    `${out.paint.green(out.marks.done)} restored from ${file}: ${count(done.rows, "row")} of ${count(done.tables, "table")}`,
  );
  out.result({ ok: true, file, ...done });
  return ExitCode.done;
}
