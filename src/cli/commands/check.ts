import { ExitCode } from "#base/errors.ts";
import { EstateError } from "#estate/errors.ts";
import type { Call } from "../call.ts";
import { count } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const estate = await (await call.app()).estate().catch((error: unknown) => {
    if (error instanceof EstateError) for (const problem of error.problems) out.row({ ...problem });
    throw error;
  });
  for (const warning of estate.warnings) {
    out.row({ warning });
    out.say(`${out.warn.yellow(out.marks.warned)} ${warning}`);
  }
  const { machines, credentials, sites } = estate;
  const all = [
    count(machines.size, "machine"),
    count(credentials.size, "set of credentials", "sets of credentials"),
    count(sites.size, "site"),
  ];
  out.line(`${out.paint.green(out.marks.done)} ${estate.root} is valid: ${all.join(", ")}`);
  out.result({
    ok: true,
    estate: estate.root,
    machines: machines.size,
    credentials: credentials.size,
    sites: sites.size,
    warnings: estate.warnings,
  });
  return ExitCode.done;
}
