import { execFile } from "node:child_process";

export interface Finished {
  /** The exit code; undefined when it could not be started or was ended by a signal. */
  code: number | undefined;
  stdout: string;
  stderr: string;
  /** The operating system's reason for not starting it (`ENOENT`, `EACCES`), or `timeout`. */
  failure?: string;
}

/** How long a program may take to give a secret. */
export const programLimit = 30_000;

/** Runs a program without a shell and without a terminal's input, in `/`, so that nothing in the estate configures it. */
export function runProgram(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Finished> {
  return new Promise((resolve) => {
    const options = {
      cwd: "/",
      env,
      timeout: programLimit,
      killSignal: "SIGKILL",
      maxBuffer: 4 * 1024 * 1024,
      ...(signal ? { signal } : {}),
    } as const;
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, stdout, stderr });
      const failure = typeof error.code === "string" ? error.code : error.killed ? "timeout" : undefined;
      const code = typeof error.code === "number" ? error.code : undefined;
      resolve({ code, stdout: "", stderr, ...(failure === undefined ? {} : { failure }) });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end();
  });
}

/** The last words of a program, short, for an error message. Never its standard output: that is where the secret is. */
export function lastWords(finished: Finished): string {
  if (finished.failure === "ENOENT") return "it is not installed";
  if (finished.failure === "timeout") return `it took longer than ${programLimit / 1000} s`;
  if (finished.failure !== undefined) return finished.failure;
  const said = finished.stderr.trim().replaceAll(/\s+/g, " ").slice(-300);
  return `exit code ${finished.code ?? "none"}${said ? `: ${said}` : ""}`;
}
