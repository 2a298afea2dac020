import { RefusedError, UsageError } from "#base/errors.ts";
import type { Call } from "./call.ts";
import { readLine } from "./output/prompt.ts";

/**
 * A change of more than one machine is shown first, and its number must be typed; where nobody can type, `--yes=N` must equal it. One machine needs no
 * agreement, but a `--yes` that says otherwise is still a mistake. Throws RefusedError `change.not-agreed`, UsageError `usage.yes`.
 */
export async function confirmMany(call: Call, machines: readonly string[], what: string): Promise<void> {
  const agreed = call.count("yes", 1);
  const n = machines.length;
  if (agreed !== undefined && agreed !== n) {
    throw new RefusedError(
      "change.not-agreed",
      `--yes=${agreed} was given, but ${n === 1 ? "1 machine is" : `${n} machines are`} selected: ${shortList(machines)}`,
      {
        advice: "nothing was done; look at the list, then correct the selection or the number",
      },
    );
  }
  if (n <= 1 || agreed === n) return;
  if (!call.interactive || call.out.json) {
    throw new UsageError("usage.yes", `'${what}' would change ${n} machines: ${shortList(machines)}`, {
      advice: `nothing was done; to agree, say --yes=${n}`,
    });
  }
  return askForNumber(call, machines, what);
}

async function askForNumber({ out, signal }: Call, machines: readonly string[], what: string): Promise<void> {
  out.say(`${out.warn.bold(what)} on ${out.warn.bold(String(machines.length))} machines:`);
  for (const line of columns(machines, out.stderr.columns || 80)) out.say(`  ${line}`);
  const typed = await readLine(out, `Type the number of machines to go on: `, signal);
  if (typed?.trim() === String(machines.length)) return;
  throw new RefusedError("change.not-agreed", "the number was not typed, so nothing was done");
}

function shortList(machines: readonly string[]): string {
  return machines.length <= 8
    ? machines.join(", ")
    : `${machines.slice(0, 8).join(", ")} and ${machines.length - 8} more`;
}

function columns(names: readonly string[], wide: number): string[] {
  const cell = Math.max(...names.map((name) => name.length)) + 2;
  const perLine = Math.max(1, Math.floor((wide - 2) / cell));
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += perLine)
    lines.push(
      names
        .slice(i, i + perLine)
        .map((name) => name.padEnd(cell))
        .join("")
        .trimEnd(),
    );
  return lines;
}
