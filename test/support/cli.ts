import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";

const bin = resolve(import.meta.dirname, "../../bin/rackhand");

export interface CliOptions {
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Becomes RACKHAND_STATE. */
  state?: string;
  /** Becomes RACKHAND_ESTATE. */
  estate?: string;
  cwd?: string;
  /** Written to stdin, which is then closed. Without it stdin is /dev/null. */
  input?: string;
  /** SIGKILL after so many milliseconds (default 120 s), so that no test waits for ever. */
  timeout?: number;
  /** A program and arguments in front of the CLI: `["runuser", "-u", "nobody", "--"]`. */
  under?: readonly string[];
  /** Its own process group, so that a signal to the group can be tested. */
  detached?: boolean;
}

export interface CliResult {
  /** Exit code; 128 + n for a process ended by a signal, as a shell says it. */
  code: number;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running CLI. `ended` never rejects for an exit code. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<CliResult>;
  /** What came so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the match as soon as stdout and stderr together show `pattern`; rejects when the process ends first or after `timeout` ms (default 60 s). */
  shows(pattern: RegExp, timeout?: number): Promise<RegExpMatchArray>;
  kill(signal?: NodeJS.Signals): void;
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function environment(options: CliOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", ...options.env };
  if (options.state !== undefined) env["RACKHAND_STATE"] = options.state;
  if (options.estate !== undefined) env["RACKHAND_ESTATE"] = options.estate;
  // What vitest sets for its own workers must not reach the program under test.
  for (const name of ["VITEST", "VITEST_POOL_ID", "VITEST_WORKER_ID", "NODE_ENV", "NODE_OPTIONS", "FORCE_COLOR"]) {
    if (options.env?.[name] === undefined) delete env[name];
  }
  return env;
}

/** Starts `bin/rackhand` as a user would. */
export function startRackhand(args: readonly string[], options: CliOptions = {}): RunningCli {
  const [program, ...before] = [...(options.under ?? []), bin];
  const child = spawn(program, [...before, ...args], {
    env: environment(options),
    cwd: options.cwd,
    detached: options.detached ?? false,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(options.input);
  const text = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const heard of listeners) heard();
    });
  }
  const ended = new Promise<CliResult>((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 120_000);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128 + (signalNumbers[signal ?? "SIGKILL"] ?? 0), signal, ...text });
    });
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    ended,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    shows: (pattern, timeout = 60_000) => shows(pattern, timeout, () => text.stdout + text.stderr, listeners, ended),
    kill: (signal = "SIGTERM") => void child.kill(signal),
  };
}

function shows(
  pattern: RegExp,
  timeout: number,
  text: () => string,
  listeners: Set<() => void>,
  ended: Promise<CliResult>,
): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const finish = (how: () => void) => {
      clearTimeout(timer);
      listeners.delete(look);
      how();
    };
    const give = (why: string) =>
      finish(() => reject(new Error(`${why} before showing ${String(pattern)}; it said:\n${text()}`)));
    const look = () => {
      const match = text().match(pattern);
      if (match) finish(() => resolve(match));
    };
    const timer = setTimeout(() => give(`${timeout} ms passed`), timeout);
    listeners.add(look);
    look();
    ended.then(
      ({ code }) => give(`it ended with ${code}`),
      (error: unknown) => give(`it did not start (${String(error)})`),
    );
  });
}

/** Runs `bin/rackhand` to its end. */
export function rackhand(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startRackhand(args, options).ended;
}

/** The JSON lines of a `--json` run, in order. Throws on a line that is not JSON. */
export function jsonLines(result: Pick<CliResult, "stdout">): Record<string, unknown>[] {
  const lines = result.stdout.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
