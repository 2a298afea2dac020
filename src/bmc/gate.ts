import type { Server, Socket } from "node:net";
import { deadline, systemClock, type Clock } from "#base/clock.ts";
import { RefusedError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { bindName, callName, hostName, printable, processUser, readFields } from "./host/name.ts";

/** The right to hold a command session with one BMC. */
export interface GatePass {
  /** True when another process, or another part of this one, stands in line. */
  wanted(): boolean;
  /** Calls each time that somebody joins the line (at once, when somebody stands there already). */
  whenWanted(listener: () => void): void;
  /** The BMC wants to be left alone until then ({@link hostTime}), said by whom we got the pass from. */
  readonly restUntil: number;
  /** Gives the pass to the next in line, telling them how long the BMC is to be left alone. */
  leave(restUntil?: number): void;
}

export interface GateOptions {
  /** What for, in a few words, shown to whoever waits: `backup01`. */
  purpose: string;
  signal?: AbortSignal;
  clock?: Clock;
  /** How long to stand in line. */
  within?: Ms;
}

/** One command session per BMC at a time, over all processes of this host. */
export interface Gate {
  /** Waits for its turn. Throws RefusedError `bmc.busy`, naming the process at the BMC, when that does not come in time. */
  enter(bmc: string, options: GateOptions): Promise<GatePass>;
}

/** Milliseconds of the clock that all processes of this host share and nobody can set. */
export function hostTime(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1000;
}

/** Lets the first in line bind the name before the others are told, and before we ask again ourselves. */
const handOver = milliseconds(30);
const left = new Map<string, number>();

/** The gate that holds across processes, users and state directories (abstract unix sockets; one network namespace). */
export const hostGate: Gate = { enter };

async function enter(bmc: string, options: GateOptions): Promise<GatePass> {
  const { clock = systemClock, signal, within = seconds(30) } = options;
  const name = hostName("bmc", bmc);
  const limit = deadline(clock, within);
  let restUntil = 0;
  for (;;) {
    signal?.throwIfAborted();
    await giveWay(name, clock, signal);
    const pass = await tryEnter(name, options.purpose, clock, restUntil);
    if (pass) return pass;
    const turn = await standInLine(name, limit.remaining(), clock, signal);
    restUntil = Math.max(restUntil, turn.restUntil);
    if (limit.passed()) throw busy(bmc, turn.holder);
  }
}

/** After handing over, the next in line goes first. */
async function giveWay(name: string, clock: Clock, signal?: AbortSignal): Promise<void> {
  const wait = (left.get(name) ?? 0) + handOver - hostTime();
  left.delete(name);
  if (wait > 0) await clock.sleep(milliseconds(wait), signal);
}

async function tryEnter(name: string, purpose: string, clock: Clock, restUntil: number): Promise<GatePass | undefined> {
  const line = new Set<Socket>();
  const listeners: (() => void)[] = [];
  const hello = `${JSON.stringify({ purpose, person: processUser(), pid: process.pid, since: new Date(clock.now()).toISOString() })}\n`;
  const server = await bindName(name, (caller) => {
    line.add(caller);
    caller.on("close", () => line.delete(caller));
    caller.resume();
    caller.write(hello);
    for (const tell of listeners) tell();
  });
  if (!server) return undefined;
  return {
    wanted: () => line.size > 0,
    whenWanted: (listener) => {
      listeners.push(listener);
      if (line.size > 0) listener();
    },
    restUntil,
    leave: (until = 0) => leave(name, server, line, clock, until),
  };
}

function leave(name: string, server: Server, line: Set<Socket>, clock: Clock, restUntil: number): void {
  if (!server.listening) return;
  server.close();
  const [first, ...others] = line;
  if (!first) return;
  left.set(name, hostTime());
  const bye = `${JSON.stringify({ restUntil })}\n`;
  first.end(bye);
  void clock.sleep(milliseconds(handOver / 2)).then(() => others.forEach((caller) => caller.end(bye)));
}

interface Turn {
  holder: Record<string, unknown>;
  restUntil: number;
}

/** Stands in line with whoever is at the BMC, until that one leaves or patience ends. */
async function standInLine(name: string, patience: Ms, clock: Clock, signal?: AbortSignal): Promise<Turn> {
  const turn: Turn = { holder: {}, restUntil: 0 };
  const done = new AbortController();
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const call = callName(name, {
    line: (text) => {
      const told = readFields(text);
      if (typeof told["restUntil"] === "number") turn.restUntil = told["restUntil"];
      else turn.holder = told;
    },
    gone: resolve,
  });
  try {
    await Promise.race([gone, clock.sleep(patience, AbortSignal.any([done.signal, ...(signal ? [signal] : [])]))]);
  } finally {
    done.abort();
    call.destroy();
  }
  return turn;
}

function busy(bmc: string, holder: Record<string, unknown>): RefusedError {
  const pid = printable(holder["pid"]);
  const who = pid
    ? `pid ${pid} of ${printable(holder["person"]) ?? "somebody"}, since ${printable(holder["since"])}`
    : "a process that does not answer";
  return new RefusedError("bmc.busy", `another process is at this controller and did not make way: ${who}`, {
    subject: printable(holder["purpose"]) ?? bmc,
    advice: "wait for it, or end that process",
    retryable: true,
  });
}
