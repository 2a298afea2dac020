import { CancelledError, errorRecord } from "#base/errors.ts";
import { Call } from "./call.ts";
import { Out } from "./output/out.ts";
import { reportProblem } from "./output/problem.ts";
import { colourWanted } from "./output/terminal.ts";
import { parse } from "./program.ts";
import { interruption } from "./signals.ts";

/** Runs one command line to its end; gives the exit code. Never throws. */
export async function start(words: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a closed pipe or terminal ends nobody's run
  const out = openOut(words);
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => process.exit(reportProblem(out, error)));
  }
  const signal = interruption();
  try {
    if (words[0] === "__complete") return await complete(words.slice(1), out);
    const parsed = await parse(words, out);
    if (parsed.spec === undefined) return parsed.exitCode;
    const { run } = await parsed.spec.load();
    const interactive = process.stdin.isTTY && process.stderr.isTTY;
    await using call = new Call({
      arguments: parsed.arguments,
      options: parsed.options,
      out,
      env: process.env,
      signal,
      interactive,
    });
    return await run(call);
  } catch (error) {
    const interrupted = signal.aborted && errorRecord(error).code !== "interrupted";
    return reportProblem(out, interrupted ? new CancelledError("interrupted") : error);
  }
}

/** Decided before the command line is parsed, because mistakes in it are reported too. */
function openOut(words: readonly string[]): Out {
  const ours = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  const colour = (stream: { isTTY?: boolean }) => !ours.includes("--no-color") && colourWanted(stream, process.env);
  return new Out({
    json: ours.includes("--json"),
    colour: { stdout: colour(process.stdout), stderr: colour(process.stderr) },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
  });
}

async function complete(words: readonly string[], out: Out): Promise<number> {
  const { candidates } = await import("./completion/candidates.ts");
  out.lines(await candidates(words));
  return 0;
}
