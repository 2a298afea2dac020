import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { systemClock, type Clock } from "#base/clock.ts";
import { UnreachableError } from "#base/errors.ts";
import { formatDuration, type Ms } from "#base/units.ts";
import { downLinkTo } from "./own-link.ts";

/**
 * - `theirs`: the attempt was made, and refused or met with silence.
 * - `ours`: nothing is known about the other side: its name was not resolved, no route leads there, this host's own link is down or its firewall forbids it.
 */
export type Blame = "theirs" | "ours";

/** No connection came about. Codes: `net.name`, `net.path`, `net.refused`, `net.silent`. */
export class DialError extends UnreachableError {
  readonly blame: Blame;

  constructor(code: string, message: string, blame: Blame, cause?: unknown) {
    const advice =
      blame === "ours"
        ? "the fault is on this host: check its name service, routes, link and firewall"
        : "is it up, and is this the right port?";
    super(code, message, { advice, cause });
    this.blame = blame;
  }
}

export interface DialOptions {
  /** For looking the name up and connecting together. */
  timeout: Ms;
  signal?: AbortSignal;
  clock?: Clock;
}

/** `nas.example.net:22`, `[2001:db8::1]:22`. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Looks the name up anew and connects to all its addresses at once; the first that accepts wins. Throws DialError, or the signal's reason. */
export async function dial(host: string, port: number, options: DialOptions): Promise<Socket> {
  const where = hostPort(host, port);
  return within(options, async (signal, timedOut) => {
    const addresses = await resolveAll(host, signal, timedOut);
    try {
      return await Promise.any(addresses.map((address) => connectOne(address, port, signal)));
    } catch (error) {
      options.signal?.throwIfAborted();
      const failures = error instanceof AggregateError ? error.errors : [error];
      throw await worst(where, addresses, failures, timedOut() ? options.timeout : undefined);
    }
  });
}

/** Every address of the name; DialError `net.name` when there is none in time. */
export async function resolveHost(host: string, options: DialOptions): Promise<readonly string[]> {
  return within(options, (signal, timedOut) => resolveAll(host, signal, timedOut));
}

/** Runs `act` with a signal that aborts when the time is over, when the caller's does, and when `act` has ended. */
async function within<T>(
  options: DialOptions,
  act: (signal: AbortSignal, timedOut: () => boolean) => Promise<T>,
): Promise<T> {
  const { timeout, signal, clock = systemClock } = options;
  signal?.throwIfAborted();
  const over = new AbortController();
  let late = false;
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const expire = () => {
    late = true;
    over.abort();
  };
  void clock.sleep(timeout, over.signal).then(expire, () => {});
  try {
    return await act(over.signal, () => late);
  } finally {
    signal?.removeEventListener("abort", stop);
    over.abort();
  }
}

async function resolveAll(host: string, signal: AbortSignal, timedOut: () => boolean): Promise<string[]> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  try {
    const found = await Promise.race([lookup(host, { all: true }), aborted]);
    return found.map(({ address }) => address);
  } catch (error) {
    if (signal.aborted && !timedOut()) throw error;
    const why = timedOut() ? "no answer from the name service in time" : messageOf(error);
    throw new DialError("net.name", `the name ${host} cannot be resolved: ${why}`, "ours", error);
  }
}

function connectOne(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const abort = () => socket.destroy(signal.reason as Error);
    // Stays: between two owners of the socket an error must not end the process.
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(error);
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      // A second address that accepted after the first one won.
      if (signal.aborted) socket.destroy();
      else resolve(socket);
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

const notSent = new Set([
  "ENETUNREACH",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "EACCES",
  "EPERM",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "EAFNOSUPPORT",
  "EINVAL",
]);

/** The failure that says most: a refusal before silence before an attempt that could not be made. */
async function worst(
  where: string,
  addresses: readonly string[],
  failures: readonly unknown[],
  late?: Ms,
): Promise<DialError> {
  const codes = failures.map(codeOf);
  const at = codes.findIndex((code) => code === "ECONNREFUSED" || code === "ECONNRESET");
  if (at >= 0) return new DialError("net.refused", `${where} refused the connection`, "theirs", failures[at]);
  if (late === undefined && codes.every((code) => notSent.has(code))) {
    return new DialError("net.path", `no way to ${where}: ${messageOf(failures[0])}`, "ours", failures[0]);
  }
  const links = await Promise.all(addresses.map(downLinkTo));
  if (links.every((link) => link !== undefined)) {
    return new DialError(
      "net.path",
      `no way to ${where}: the link of this host's own ${links[0]} is down`,
      "ours",
      failures[0],
    );
  }
  const how = late === undefined ? `answers nothing (${codes.join(", ")})` : `no answer in ${formatDuration(late)}`;
  return new DialError("net.silent", `${where} ${how}`, "theirs", failures[0]);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function messageOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}
