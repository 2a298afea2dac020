import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RackhandError, UsageError } from "#base/errors.ts";
import type { Ms } from "#base/units.ts";
import { installedServer } from "./binaries.ts";
import { notWritable, type Places, placesOf, preparePlaces, urlOf } from "./places.ts";

/** This process's hold on an embedded server. The server stays until every holder has let go. */
export interface Attachment {
  readonly url: string;
  detach(): Promise<void>;
}

/** A cold start makes the data folder first; on a loaded machine that took seconds. */
const patience = 90_000;
const lingerByDefault = 60_000;

/** Attaches to the server of a state directory, and starts its supervisor when there is none. Keeps attached: a supervisor that dies is replaced. */
export async function attach(stateDir: string, linger?: Ms): Promise<Attachment> {
  const { major } = await installedServer();
  const places = placesOf(stateDir, major);
  await preparePlaces(places);
  let detached = false;
  let socket = await reach(places, linger ?? lingerByDefault);
  const stay = (held: net.Socket) =>
    held.once("close", () => {
      if (!detached) void again();
    });
  async function again(): Promise<void> {
    const found = await reach(places, linger ?? lingerByDefault).catch(() => undefined);
    if (detached || !found) return void found?.destroy();
    socket = found;
    stay(socket);
  }
  stay(socket);
  return {
    url: urlOf(places, "rackhand"),
    detach: () => {
      detached = true;
      socket.destroy();
      return Promise.resolve();
    },
  };
}

/** Connects and waits until the server is ready, starting a supervisor whenever none answers. */
async function reach(places: Places, linger: number): Promise<net.Socket> {
  const end = performance.now() + patience;
  for (let round = 0; performance.now() < end; round++) {
    const found = await connect(places.control, end - performance.now());
    if (found) return found;
    if (round % 40 === 0) await startSupervisor(places, linger);
    await sleep(25);
  }
  throw new RackhandError("database.not-started", `the embedded PostgreSQL did not start within ${patience / 1000} s`, {
    subject: places.stateDir,
    advice: `look at the end of ${places.log}`,
  });
}

type Verdict = { ready: true } | { ready: false; code?: string; message: string; advice?: string };

/** Undefined when nobody answers or the supervisor goes away; throws what the supervisor says. The socket does not keep this process alive. */
async function connect(control: string, limit: number): Promise<net.Socket | undefined> {
  const socket = net.connect(control);
  const verdict = await new Promise<Verdict | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limit);
    const say = (what: Verdict | undefined) => (clearTimeout(timer), resolve(what));
    socket.on("error", () => say(undefined));
    socket.once("close", () => say(undefined));
    socket.once("data", (line) => say(JSON.parse(line.toString()) as Verdict));
  });
  if (verdict?.ready) {
    socket.resume();
    return socket.unref();
  }
  socket.destroy();
  if (verdict) throw failure(verdict, control);
  return undefined;
}

function failure(verdict: Extract<Verdict, { ready: false }>, control: string): RackhandError {
  const { code, message, advice } = verdict;
  if (code?.startsWith("state.") || code?.startsWith("database.")) {
    return new UsageError(code, message, advice === undefined ? {} : { advice });
  }
  return new RackhandError("database.not-started", `the embedded PostgreSQL could not be prepared: ${message}`, {
    advice: `look at the end of ${control.replace(/sock$/, "log")}`,
  });
}

async function startSupervisor(places: Places, linger: number): Promise<void> {
  const program = path.join(import.meta.dirname, "supervisor.ts");
  const log = await open(places.log, "a", 0o600).catch((cause: unknown) => {
    throw notWritable(places.stateDir, cause);
  });
  try {
    const child = spawn(process.execPath, [program, places.stateDir, String(linger)], {
      detached: true,
      cwd: "/",
      stdio: ["ignore", log.fd, log.fd],
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" },
    });
    child.on("error", () => {});
    child.unref();
  } finally {
    await log.close();
  }
}
