import { execFile, spawn } from "node:child_process";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Account, under } from "./account.ts";
import type { Server } from "./binaries.ts";
import { exists, type Places } from "./places.ts";

/** Nothing of the caller's environment: it may hold secrets, and these processes live long. */
const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" };

const settings = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  shared_buffers: "32MB",
  max_connections: "100",
  max_wal_senders: "0",
  wal_level: "minimal",
  max_logical_replication_workers: "0",
  io_method: "sync",
  jit: "off",
};

/** Makes the data folder, wholly or not at all. */
export async function initialise(server: Server, places: Places, account: Account): Promise<void> {
  if (await exists(places.data)) return;
  for (const name of await readdir(places.sockets)) {
    if (name.startsWith("init-")) await rm(path.join(places.sockets, name), { recursive: true, force: true });
  }
  const scratch = path.join(places.sockets, `init-${process.pid}`);
  const args = ["-D", scratch, "-A", "trust", "-U", "rackhand", "-E", "UTF8", "--locale=C"];
  args.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions");
  const [program, all, who] = under(account, path.join(server.folder, "bin/initdb"), args);
  await promisify(execFile)(program, all, { ...who, cwd: places.sockets, env: environment });
  await rename(scratch, places.data);
}

/** Starts the server; the process it gives is the postmaster's parent at most. */
export async function startPostgres(
  server: Server,
  places: Places,
  account: Account,
): Promise<{ ended: Promise<void> }> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const args = ["-D", places.data, "-k", places.sockets, ...flags];
  const [program, all, who] = under(account, path.join(server.folder, "bin/postgres"), args);
  const log = await open(places.log, "a", 0o600);
  try {
    const child = spawn(program, all, {
      ...who,
      cwd: places.sockets,
      env: environment,
      stdio: ["ignore", log.fd, log.fd],
    });
    const ended = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
    });
    return { ended };
  } finally {
    await log.close();
  }
}

/** The postmaster that `postmaster.pid` speaks of, if it lives. `ready`: it accepts connections (the file's eighth line, as pg_ctl reads it). */
export async function runningPostmaster(places: Places): Promise<{ pid: number; ready: boolean } | undefined> {
  const text = await readFile(path.join(places.data, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!(pid > 1) || !(await isPostgres(pid))) return undefined;
  return { pid, ready: lines[7]?.trim() === "ready" };
}

/** A live process of that name; a zombie and a reused pid are none. */
async function isPostgres(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(text) ?? [];
  return name === "postgres" && state !== "Z" && state !== "X";
}

/**
 * Fast shutdown: connections are ended, data is written. After 20 s at once, which costs a recovery at the next start; at once, too, when its folder was removed
 * under it and only its number, `known`, is left.
 */
export async function stopPostgres(places: Places, known: number | undefined): Promise<void> {
  for (let waited = 0; waited < 400; waited++) {
    const found = await runningPostmaster(places);
    if (!found) break;
    if (waited === 0) signal(found.pid, "SIGINT");
    if (waited === 399) signal(found.pid, "SIGQUIT");
    await sleep(50);
  }
  if (known !== undefined && (await isPostgres(known))) signal(known, "SIGQUIT");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone between the look and the signal.
  }
}
