import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a command and all its children cost, in milliseconds. */
export interface Cost {
  cpu: number;
  wall: number;
}

export interface Measured extends Cost {
  stdout: string;
}

/** Runs a command to its end and measures it with the shell's own `time`, which counts children too. */
export async function measure(command: readonly string[]): Promise<Measured> {
  const child = spawn("bash", ["-c", 'TIMEFORMAT="%R %U %S"; time "$@" 2>/dev/null', "bash", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  const [real = 0, user = 0, system = 0] = stderr.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  return { wall: real * 1000, cpu: (user + system) * 1000, stdout };
}

/** The run in the middle, by CPU. */
export function median<T extends Cost>(runs: readonly T[]): T {
  const found = runs.toSorted((a, b) => a.cpu - b.cpu)[Math.floor(runs.length / 2)];
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

/** Runs something several times, one after the other. */
export async function times<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let n = 0; n < count; n++) results.push(await run());
  return results;
}
