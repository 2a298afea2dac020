import { randomBytes } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { errorRecord } from "#base/errors.ts";
import { accountFor, type Account, giveFolder } from "./account.ts";
import { installedServer, runnableServer, type Server } from "./binaries.ts";
import { exists, type Places, placesOf, preparePlaces } from "./places.ts";
import { initialise, runningPostmaster, startPostgres, stopPostgres } from "./postgres.ts";

/*
 * A process of its own session that owns one embedded PostgreSQL: starts it, starts it again when it dies, ends it when nobody has needed it for a while.
 * A client is a connection to the control socket, so that a client killed with -9 is gone at once. Each client is told once, as one line of JSON, that the
 * server is ready, or why it cannot be. Run: node supervisor.ts STATE LINGER_MS
 */

/** The log is begun anew at a start when it has grown beyond this. */
const logLimit = 20_000_000;

const [stateDir = "", lingerText = "60000"] = process.argv.slice(2);
const clients = new Set<net.Socket>();
let verdict: string | undefined;
let stopping = false;
/** The postmaster that was seen last. */
let postmaster: number | undefined;
let idleTimer: NodeJS.Timeout | undefined;

/** Two supervisors of one state directory must not be: an abstract socket is a lock that dies with its holder. Its name is random, so that nobody can sit on it. */
async function lock(places: Places): Promise<boolean> {
  await writeFile(places.lockName, randomBytes(16).toString("hex"), { flag: "wx", mode: 0o600 }).catch(() => {});
  const name = await readFile(places.lockName, "utf8");
  return listens(net.createServer(), `\0rackhand/pg/${name.trim()}`);
}

function listens(server: net.Server, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(address, () => resolve(true));
  });
}

/** True when another supervisor answers; a lock in another network namespace is not seen, its socket is. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function welcome(socket: net.Socket, places: Places, linger: number): void {
  if (stopping) return void socket.destroy();
  clients.add(socket);
  clearTimeout(idleTimer);
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.once("close", () => {
    clients.delete(socket);
    if (clients.size === 0) leaveLater(places, linger);
  });
  if (verdict !== undefined) socket.write(verdict);
}

function leaveLater(places: Places, linger: number): void {
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => void leave(places), linger);
}

async function leave(places: Places): Promise<never> {
  stopping = true;
  for (const client of clients) client.destroy();
  await rm(places.control, { force: true });
  await stopPostgres(places, postmaster);
  process.exit(0);
}

function tell(line: object): void {
  verdict = `${JSON.stringify(line)}\n`;
  for (const client of clients) client.write(verdict);
}

/** Until this process ends: a server that is gone is started again, at first at once, then more slowly. */
async function keep(server: Server, places: Places, account: Account): Promise<never> {
  for (let pause = 50; ; pause = Math.min(pause * 2, 5000)) {
    const begun = performance.now();
    await lives(server, places, account);
    verdict = undefined;
    if (performance.now() - begun > 10_000) pause = 50;
    if (stopping) await sleep(60_000);
    if (!(await exists(places.data))) await leave(places);
    await sleep(pause);
  }
}

/** One life of the server: ours, or one that an earlier supervisor left behind. */
async function lives(server: Server, places: Places, account: Account): Promise<void> {
  let over = false;
  if (!(await runningPostmaster(places))) {
    const { ended } = await startPostgres(server, places, account);
    void ended.then(() => {
      over = true;
    });
  }
  for (let told = false, waited = 0; ; waited++) {
    const found = await runningPostmaster(places);
    postmaster = found?.pid ?? postmaster;
    if (found?.ready && !told) {
      told = true;
      tell({ ready: true });
    }
    if (over || (!found && (told || waited > 400))) return;
    await sleep(told ? 250 : 20);
  }
}

async function main(): Promise<void> {
  const server = await installedServer();
  const places = placesOf(stateDir, server.major);
  const linger = Number(lingerText);
  await preparePlaces(places);
  if (!(await lock(places)) || (await answers(places.control))) process.exit(0);
  await rm(places.control, { force: true });
  const old = await stat(places.log).catch(() => undefined);
  if (old && old.size > logLimit) await rename(places.log, `${places.log}.old`);
  const control = net.createServer((socket) => welcome(socket, places, linger));
  process.umask(0o177);
  if (!(await listens(control, places.control))) process.exit(1);
  process.umask(0o022);
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => void leave(places));
  process.on("SIGHUP", () => {});
  leaveLater(places, linger);
  try {
    const account = await accountFor(places);
    await giveFolder(places, account);
    const runnable = await runnableServer(server, places, account);
    await initialise(runnable, places, account);
    await keep(runnable, places, account);
  } catch (error) {
    tell({ ready: false, ...errorRecord(error) });
    stopping = true;
    await sleep(500);
    process.exit(1);
  }
}

await main();
