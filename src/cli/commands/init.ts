import path from "node:path";
import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const dir = path.resolve(call.argument(0) || ".");
  const { scaffold } = await import("#estate/scaffold.ts");
  const written = await scaffold(dir);
  for (const file of written) {
    out.row({ file });
    out.line(`${out.paint.green(out.marks.done)} ${path.join(path.relative(process.cwd(), dir) || ".", file)}`);
  }
  const cd = path.relative(process.cwd(), dir);
  out.line();
  out.line("Next:");
  out.lines([
    ...(cd === "" ? [] : [`  cd ${cd}`]),
    "  edit machines/example.yaml and credentials.yaml",
    "  rackhand check              what is declared is valid",
    "  rackhand probe example      the BMC answers, and who it is",
    "  rackhand wake example       ensured power",
  ]);
  out.result({ ok: true, dir, files: written });
  return ExitCode.done;
}
