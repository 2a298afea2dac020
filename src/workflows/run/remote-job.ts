import type { StepContext } from "#engine/flow.ts";
import { shellQuote } from "#protocols/ssh/quote.ts";
import { sshRun } from "#protocols/ssh/run.ts";
import type { Job } from "#workflows/fleet.ts";
import type { JobEnd } from "./steps.ts";

/** Does the job on another machine. What it prints is passed on whole lines at a time and kept as evidence. */
export async function doRemoteJob(
  command: readonly string[],
  where: Exclude<Job["where"], "local">,
  context: StepContext,
): Promise<JobEnd> {
  const begun = context.clock.monotonic();
  const output = { stdout: lines("stdout", context), stderr: lines("stderr", context) };
  const { exitCode } = await sshRun({
    ...where,
    command: shellQuote(command),
    signal: context.signal,
    clock: context.clock,
    onOutput: (stream, bytes) => output[stream].more(bytes),
  });
  for (const each of Object.values(output)) await each.end();
  return { exitCode, seconds: Math.round((context.clock.monotonic() - begun) / 100) / 10 };
}

/** How much of a job's output is kept with the run; all of it is passed on. */
const keptAtMost = 8 * 1024 * 1024;

function lines(stream: "stdout" | "stderr", context: StepContext) {
  const decoder = new TextDecoder();
  let rest = "";
  let kept = "";
  const keep = (text: string) => {
    context.output(stream, text);
    if (kept.length < keptAtMost) kept += text;
  };
  function more(bytes: Uint8Array): void {
    rest += decoder.decode(bytes, { stream: true });
    const end = rest.lastIndexOf("\n") + 1;
    if (end > 0) keep(rest.slice(0, end));
    rest = rest.slice(end);
  }
  async function end(): Promise<void> {
    if (rest) keep(rest);
    if (kept) await context.evidence(`job-${stream}.txt`, kept);
  }
  return { more, end };
}
