import { ExitCode } from "#base/errors.ts";
import { EstateError } from "#estate/errors.ts";
import type { Call } from "../call.ts";
import { count } from "../output/words.ts";

/** Warnings shown to people. */
const shown = 20;

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const estate = await (await call.app()).estate().catch((error: unknown) => {
    if (error instanceof EstateError) for (const problem of error.problems) out.row({ ...problem });
    throw error;
  });
  const { warnings } = estate;
  for (const warning of warnings) out.row({ warning });
  for (const warning of warnings.slice(0, shown)) out.say(`${out.warn.yellow(out.marks.warned)} ${warning}`);
  if (warnings.length > shown) out.say(`  and ${count(warnings.length - shown, "more warning")}; --json lists all`);
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
    warnings,
  });
  return ExitCode.done;
}
