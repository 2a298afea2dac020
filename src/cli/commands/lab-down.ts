import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { labFolder } from "../lab.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const { stopLab } = await import("#simulator/lab.ts");
  const dir = labFolder(call.argument(0));
  const ended = await stopLab(dir);
  out.line(
    ended
      ? `${out.paint.green(out.marks.done)} the simulated fleet of ${dir} has ended`
      : `no simulated fleet of ${dir} runs`,
  );
  out.result({ ok: true, dir, ended });
  return ExitCode.done;
}
