import { connect, type Socket } from "node:net";
import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";
import { NameError, NoRouteError, PortUnreachableError, SilentError } from "../errors.ts";
import { limited } from "./time-limit.ts";

export interface DialOptions {
  subject: string;
  clock: Clock;
  limit: Ms;
  signal?: AbortSignal | undefined;
}

/** A TCP connection, or one of the errors that are called unreachable. */
export function dial(host: string, port: number, options: DialOptions): Promise<Socket> {
  const { subject, limit } = options;
  const late = () => new SilentError(subject, "while connecting", limit);
  return limited((over) => reach(host, port, options, over), { ...options, late });
}

function reach(host: string, port: number, options: DialOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    const abort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      resolve(socket);
    });
    // Stays: between two owners of the socket an error must not end the process.
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(unreached(host, options, error));
    });
  });
}

const noSuchName = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_FAIL"]);
const refusals = new Set(["ECONNREFUSED", "ECONNRESET"]);

/** A name with several addresses fails with all their errors together: the one that says most is taken. */
function unreached(host: string, { subject, limit }: DialOptions, error: NodeJS.ErrnoException): Error {
  const all: readonly NodeJS.ErrnoException[] = error instanceof AggregateError ? error.errors : [error];
  const refused = all.find(({ code }) => refusals.has(code ?? ""));
  if (refused) return new PortUnreachableError(subject, refused);
  if (all.some(({ code }) => noSuchName.has(code ?? ""))) return new NameError(subject, host, error);
  // The last router or this host's own ARP found nobody there.
  if (all.some(({ code }) => code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "EHOSTDOWN"))
    return new SilentError(subject, "while connecting", limit);
  return new NoRouteError(subject, all[0]?.code ?? error.message, error);
}
