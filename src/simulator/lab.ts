import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "#base/clock.ts";
import { RackhandError, UsageError } from "#base/errors.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { labFiles } from "./lab/estate.ts";
import { labMachines } from "./lab/machines.ts";
import { freeNetwork } from "./lab/network.ts";
import { labProcess } from "./lab/process.ts";

/** A machine of the lab, for people. */
export interface LabSummary {
  name: string;
  about: string;
  /** `address:port` of its BMC, and of the service that its server opens when ready. */
  bmc: string;
  service: string;
}

/** A lab that runs. */
export interface RunningLab {
  /** Its folder: an estate (`--estate`), with the simulated fleet's log in `lab.log`. */
  dir: string;
  pid: number;
  machines: readonly LabSummary[];
  /** False when it ran already. */
  started: boolean;
}

export interface LabOptions {
  /** The lab ends by itself when this process does, however that happens. */
  tied?: boolean;
}

const fleetFileName = "fleet.json";
const startLimit = seconds(20);
const stopLimit = seconds(10);

/**
 * Writes a lab: an estate that is ready to use and the simulated fleet that it declares, with fresh passwords. A lab that is there already is left as it is.
 * UsageError `lab.not-empty` when the folder holds something else.
 */
export async function writeLab(dir: string): Promise<readonly LabSummary[]> {
  const root = resolve(dir);
  if (!existsSync(join(root, fleetFileName))) await create(root);
  return summaries(root);
}

/** Writes the lab if need be and starts its fleet in the background; resolves when every BMC answers. Starts nothing twice. */
export async function startLab(dir: string, options: LabOptions = {}): Promise<RunningLab> {
  const root = resolve(dir);
  const machines = await writeLab(root);
  const running = await labProcess(root);
  if (running) return { dir: root, pid: running.pid, machines, started: false };
  const pid = await launch(root, options.tied ?? false);
  return { dir: root, pid, machines, started: true };
}

/** Ends the lab of this folder, and nothing else: the process is checked to be the one that was started for it. False when none ran. */
export async function stopLab(dir: string): Promise<boolean> {
  const root = resolve(dir);
  const running = await labProcess(root);
  if (!running) return false;
  process.kill(running.pid, "SIGTERM");
  const gone = async () => (await labProcess(root)) === undefined;
  for (let waited = 0; waited < stopLimit; waited += 50) {
    if (await gone()) return true;
    await systemClock.sleep(milliseconds(50));
  }
  throw new RackhandError("lab.not-ended", `process ${running.pid} does not end`, { subject: root });
}

/** The lab of this folder, when it runs. */
export async function runningLab(dir: string): Promise<RunningLab | undefined> {
  const root = resolve(dir);
  const running = await labProcess(root);
  return running && { dir: root, pid: running.pid, machines: await summaries(root), started: false };
}

/** As the lab's own file has them, which people may have changed. */
async function summaries(root: string): Promise<LabSummary[]> {
  const { readFleet } = await import("./fleet-file.ts"); // brings the schema library
  const abouts = new Map(labMachines("127.0.0").map(({ name, about }) => [name, about]));
  const machines = await readFleet(join(root, fleetFileName));
  return machines.map(({ name, bmc, server }) => ({
    name,
    about: abouts.get(name) ?? "",
    bmc: `${bmc?.address}:${bmc?.port ?? 0}`,
    service: `${server?.ready?.address ?? bmc?.address}:${server?.ready?.port ?? 0}`,
  }));
}

async function create(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  if ((await readdir(root)).length > 0) {
    throw new UsageError("lab.not-empty", "this folder holds something else than a lab", {
      subject: root,
      advice: "name a new folder, or an empty one",
    });
  }
  const files = labFiles(labMachines(await freeNetwork(root)));
  for (const { path, text, secret } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true, mode: secret ? 0o700 : 0o755 });
    await writeFile(join(root, path), text, { mode: secret ? 0o600 : 0o644 });
  }
}

async function launch(root: string, tied: boolean): Promise<number> {
  const log = await open(join(root, "lab.log"), "w", 0o644);
  const main = join(import.meta.dirname, "main.ts");
  const child = spawn(process.execPath, [main, root, ...(tied ? ["--tied"] : [])], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  try {
    await ready(child, root);
  } finally {
    await log.close();
  }
  child.unref();
  if (!tied) child.disconnect();
  else child.channel?.unref();
  return child.pid ?? 0;
}

/** The lab's process says so when all is up; it ends by itself when something is wrong. */
async function ready(child: ChildProcess, root: string): Promise<void> {
  const limit = new AbortController();
  const failed = async (why: string) =>
    new RackhandError("lab.not-started", `the simulated fleet ${why}`, { subject: root, advice: await lastLine(root) });
  try {
    await Promise.race([
      new Promise<void>((done) => child.once("message", () => done())),
      new Promise<never>((_, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => void failed(`ended at once (exit code ${code})`).then(reject));
      }),
      systemClock.sleep(startLimit, limit.signal).then(async () => {
        child.kill("SIGKILL");
        throw await failed("did not start in time");
      }),
    ]);
  } finally {
    limit.abort(new RackhandError("lab.started", "started"));
  }
}

async function lastLine(root: string): Promise<string> {
  const log = await readFile(join(root, "lab.log"), "utf8").catch(() => "");
  return `the last line of lab.log: ${log.trimEnd().split("\n").at(-1) ?? ""}`;
}
