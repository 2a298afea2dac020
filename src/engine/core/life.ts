import { randomUUID } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import os from "node:os";

/** One process, told apart from every other on any host and from a later one with the same pid. */
export interface Life {
  readonly host: string;
  /** Processes with the same key can see each other's pids: one boot, one pid namespace. */
  readonly hostKey: string;
  readonly pid: number;
  readonly pidStart: string;
}

export async function ownLife(): Promise<Life> {
  const [boot, namespace] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined),
    readlink("/proc/self/ns/pid").catch(() => undefined),
  ]);
  const hostKey = boot && namespace ? `${boot.trim()} ${namespace}` : randomUUID();
  return { host: os.hostname(), hostKey, pid: process.pid, pidStart: (await startOf(process.pid)) ?? "?" };
}

/** Start time in clock ticks since boot (proc(5), field 22 of stat); undefined when there is no such process, or only its zombie. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** True only when we can see for ourselves that the process has ended. */
export async function isProvablyGone(life: Life, self: Life): Promise<boolean> {
  return life.hostKey === self.hostKey && (await startOf(life.pid)) !== life.pidStart;
}
