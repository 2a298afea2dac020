import path from "node:path";
import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { count } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const file = path.resolve(call.argument(0));
  const { backup } = await import("#store/backup.ts");
  const done = await backup(await (await call.app()).database(), file);
  out.line(`${out.paint.green(out.marks.done)} ${file}: ${count(done.rows, "row")} of ${count(done.tables, "table")}`);
  out.result({ ok: true, file, ...done });
  return ExitCode.done;
}
