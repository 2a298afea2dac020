import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The process that runs a lab; `startTicks` tells it from a later one with the same number. */
export interface LabProcess {
  pid: number;
  startTicks: string;
}

const pidFile = (dir: string) => join(dir, "lab.pid");

/** When a process began, in clock ticks since boot (proc(5), field 22 of stat); undefined when there is none of that number, or only its corpse. */
async function startTicks(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Written by the lab's process itself, once all its machines run. */
export async function writePidFile(dir: string): Promise<void> {
  const ticks = await startTicks(process.pid);
  const temporary = `${pidFile(dir)}.${process.pid}`;
  await writeFile(temporary, `${process.pid} ${ticks}\n`);
  await rename(temporary, pidFile(dir));
}

export async function removePidFile(dir: string): Promise<void> {
  await rm(pidFile(dir), { force: true });
}

/** The process that runs the lab of this folder, or undefined. A number that now belongs to somebody else's process does not count. */
export async function labProcess(dir: string): Promise<LabProcess | undefined> {
  const recorded = await readPidFile(dir);
  return recorded && (await startTicks(recorded.pid)) === recorded.startTicks ? recorded : undefined;
}

/** `PID TICKS`; anything else is no lab of ours. */
async function readPidFile(dir: string): Promise<LabProcess | undefined> {
  try {
    const [, pid, ticks] = /^(\d+) (\d+)\n$/.exec(await readFile(pidFile(dir), "utf8")) ?? [];
    return pid === undefined || ticks === undefined ? undefined : { pid: Number(pid), startTicks: ticks };
  } catch {
    return undefined;
  }
}
