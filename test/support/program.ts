import { spawn } from "node:child_process";

export interface ProgramResult {
  /** Exit code; 128 and more for a signal. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end without blocking this process, which may be serving what the program talks to. Killed after `timeout` ms (default 25 s). */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; timeout?: number } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, LC_ALL: "C", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 25_000);
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => (text[name] += chunk));
    }
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128, ...text });
    });
  });
}
