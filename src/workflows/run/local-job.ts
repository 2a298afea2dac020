import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, seconds } from "#base/units.ts";
import type { StepContext } from "#engine/flow.ts";
import type { JobEnd } from "./steps.ts";

/** Runs the job in a session of its own and leaves pid, output and exit code as files: so it is found again by whoever resumes the run. */
const wrapper =
  'd=$1; shift; echo $$ >"$d/pid"; "$@" >"$d/stdout" 2>"$d/stderr" </dev/null; echo $? >"$d/exit.part"; mv "$d/exit.part" "$d/exit"';

/** Starts the job; resolves when its process stands. Throws RackhandError `job.not-started`. */
export async function startLocalJob(
  folder: string,
  command: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  await rm(folder, { recursive: true, force: true }); // what an earlier beginning left would be taken for this one's
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const child = spawn("/bin/sh", ["-c", wrapper, "rackhand-job", folder, ...command], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, ...env },
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) =>
      reject(
        new RackhandError("job.not-started", `could not start ${command[0] ?? "the job"}: ${cause.message}`, { cause }),
      ),
    );
  });
  child.unref();
}

/** `never` begun, `running`, `ended` with an exit code, or `vanished`: begun, gone, and no exit code. */
export async function stateOfLocalJob(folder: string): Promise<"never" | "running" | "ended" | "vanished"> {
  const has = (name: string) => readFile(path.join(folder, name), "utf8").catch(() => undefined);
  if ((await has("exit")) !== undefined) return "ended";
  const pid = await has("pid");
  // The shell makes the file before it writes into it.
  if (pid === undefined || !pid.endsWith("\n")) return "never";
  const commandLine = await readFile(`/proc/${pid.trim()}/cmdline`, "utf8").catch(() => "");
  if (commandLine.includes(folder)) return "running";
  return (await has("exit")) === undefined ? "vanished" : "ended";
}

/** Passes the output on as it comes, waits for the end, keeps the output as evidence. Ends the job's whole process group when the step is aborted. */
export async function followLocalJob(folder: string, context: StepContext): Promise<JobEnd> {
  const begun = context.clock.monotonic();
  const tails = [
    tail(path.join(folder, "stdout"), "stdout", context),
    tail(path.join(folder, "stderr"), "stderr", context),
  ];
  let state = await stateOfLocalJob(folder);
  while (state === "running" || state === "never") {
    await Promise.all(tails.map((each) => each.more()));
    if (context.signal.aborted) await endGroup(folder, context);
    await context.clock.sleep(milliseconds(150), context.signal).catch(() => undefined);
    state = await stateOfLocalJob(folder);
  }
  for (const each of tails) await each.end();
  for (const name of ["stdout", "stderr"]) {
    const bytes = await lastBytes(path.join(folder, name));
    if (bytes.length > 0) await context.evidence(`job-${name}.txt`, bytes);
  }
  const exitCode = Number(await readFile(path.join(folder, "exit"), "utf8").catch(() => "137"));
  await rm(folder, { recursive: true, force: true });
  context.signal.throwIfAborted();
  return { exitCode, seconds: Math.round((context.clock.monotonic() - begun) / 100) / 10 };
}

/** How much of a job's output is kept with the run: its end. */
const keptAtMost = 64 * 1024 * 1024;

async function lastBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return new Uint8Array();
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, keptAtMost));
    return bytes.subarray(0, (await handle.read(bytes, 0, bytes.length, size - bytes.length)).bytesRead);
  } finally {
    await handle.close();
  }
}

/** Ends the job's process group: TERM, ten seconds, KILL. */
async function endGroup(folder: string, context: StepContext): Promise<void> {
  const pid = Number(await readFile(path.join(folder, "pid"), "utf8").catch(() => "0"));
  if (!pid) return;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if ((await stateOfLocalJob(folder)) !== "running") return;
    try {
      process.kill(-pid, signal);
    } catch {
      return;
    }
    for (let i = 0; i < 50 && (await stateOfLocalJob(folder)) === "running"; i++)
      await context.clock.sleep(milliseconds(seconds(10) / 50));
  }
}

/** Follows a growing file, whole lines at a time, so that what must be masked is never split. */
function tail(file: string, stream: "stdout" | "stderr", context: StepContext) {
  const decoder = new StringDecoder("utf8");
  let offset = 0;
  let rest = "";
  async function more(): Promise<void> {
    const handle = await open(file).catch(() => undefined);
    if (!handle) return;
    try {
      const buffer = Buffer.alloc(65_536);
      for (let n = 1; n > 0;) {
        n = (await handle.read(buffer, 0, buffer.length, offset)).bytesRead;
        offset += n;
        rest += decoder.write(buffer.subarray(0, n));
        const end = rest.lastIndexOf("\n") + 1;
        if (end > 0) context.output(stream, rest.slice(0, end));
        rest = rest.slice(end);
      }
    } finally {
      await handle.close();
    }
  }
  async function end(): Promise<void> {
    await more();
    if (rest) context.output(stream, rest);
    rest = "";
  }
  return { more, end };
}
