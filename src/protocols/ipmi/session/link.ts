import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import type { Clock } from "#base/clock.ts";
import { milliseconds, type Ms } from "#base/units.ts";
import { MalformedError, NameError, NoRouteError } from "../errors.ts";
import { decodeDatagram, type Datagram } from "../packet.ts";
import { RoundTrips } from "./round-trips.ts";
import { timersOf, type Timer } from "./timers.ts";

/** One question and what counts as its answer. */
export interface Ask<T> {
  /** The bytes of the n-th sending (0 first). */
  datagram(attempt: number): Uint8Array;
  /** The answer in this datagram; undefined when it is not the answer to this. May throw {@link MalformedError}: then it is counted and dropped. */
  answer(datagram: Datagram): T | undefined;
  /** Send again while nothing comes. */
  repeat: boolean;
  /** How long nothing may come. */
  patience: Ms;
  /** Never send again sooner than this after the last time. */
  floor?: Ms | undefined;
  /** The same, but only while it is not known how fast this BMC answers. */
  careful?: Ms;
  signal?: AbortSignal | undefined;
}

/** No answer to an {@link Ask}; the caller knows what that means there. */
export class Silence extends Error {
  /** Datagrams that came meanwhile and were no IPMI. */
  readonly garbage: number;
  /** The host said "port unreachable". */
  readonly refused: boolean;
  readonly sent: number;

  constructor(garbage: number, refused: boolean, sent: number) {
    super("no answer");
    this.garbage = garbage;
    this.refused = refused;
    this.sent = sent;
  }
}

/** `sent` more than 1: an answer may belong to an earlier sending, and the other side may have heard the question twice. */
export interface Answered<T> {
  value: T;
  sent: number;
}

/** Whom to talk to. */
export interface Address {
  host: string;
  port: number;
  /** Called so in messages. */
  subject: string;
  clock: Clock;
  /** How fast it answered last time. */
  answersWithin: number | undefined;
  signal: AbortSignal | undefined;
}

interface Pending {
  timer: Timer;
  receive(datagram: Datagram): void;
  garbled(): void;
  refused(): void;
  fail(error: Error): void;
}

const local = new Set([
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "EPERM",
  "EACCES",
  "EADDRNOTAVAIL",
  "EINVAL",
  "EHOSTDOWN",
]);

async function resolveName(host: string, subject: string, signal?: AbortSignal): Promise<string> {
  if (isIP(host)) return host;
  // Loaded only where a name is used: it costs more than a session.
  const { lookup } = await import("node:dns");
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", aborted, { once: true });
    lookup(host, (error, address) => {
      signal?.removeEventListener("abort", aborted);
      if (error) reject(new NameError(subject, host, error));
      else resolve(address);
    });
  });
}

/**
 * A connected UDP socket to one BMC: datagrams of others never arrive, ICMP errors do. One question at a time; sent again with a pause that
 * follows the measured round trip and doubles.
 */
export class Link {
  readonly #socket: Socket;
  readonly #subject: string;
  readonly #clock: Clock;
  readonly #trips: RoundTrips;
  readonly #listeners = new Set<(datagram: Datagram) => void>();
  #pending: Pending | undefined;
  #closed = false;
  readonly #sent = (error: Error | null) => error && this.#failed(error);

  private constructor(socket: Socket, subject: string, clock: Clock, trips: RoundTrips) {
    this.#trips = trips;
    this.#socket = socket;
    this.#subject = subject;
    this.#clock = clock;
    socket.on("message", (bytes: Uint8Array) => this.#received(bytes));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
  }

  /** Throws {@link NameError} or {@link NoRouteError}. */
  static async open({ host, port, subject, clock, answersWithin, signal }: Address): Promise<Link> {
    signal?.throwIfAborted();
    const address = await resolveName(host, subject, signal);
    // The address is known: the socket's own look-up would only cost a turn.
    const known = (_name: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, address, isIP(address));
    const socket = createSocket({ type: isIP(address) === 6 ? "udp6" : "udp4", lookup: known });
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => {
        socket.close();
        reject(new NoRouteError(subject, error));
      };
      socket.once("error", failed);
      socket.connect(port, address, () => {
        socket.off("error", failed);
        resolve(new Link(socket, subject, clock, new RoundTrips(answersWithin)));
      });
    });
  }

  /** The slowest answer to something that was sent once, in milliseconds. */
  get slowest(): number {
    return this.#trips.slowest;
  }

  /** How long two sendings take to stay unanswered. */
  get twice(): Ms {
    return milliseconds(this.#trips.pause(0) + this.#trips.pause(1));
  }

  /** Sends without waiting for anything. */
  tell(datagram: Uint8Array): void {
    if (!this.#closed) this.#socket.send(datagram, this.#sent);
  }

  /** Hears every datagram that comes, besides whoever asked. May throw {@link MalformedError}: then it is dropped. Gives what ends it. */
  listen(listener: (datagram: Datagram) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws {@link Silence} when the patience ends, {@link NoRouteError}, or the signal's reason. */
  ask<T>(ask: Ask<T>): Promise<Answered<T>> {
    ask.signal?.throwIfAborted();
    if (this.#closed) return Promise.reject(new Silence(0, false, 0));
    return new Promise((resolve, reject) => {
      const timers = timersOf(this.#clock);
      const begun = this.#clock.monotonic();
      const givenUp = begun + ask.patience;
      let [sent, garbage, refusals] = [0, 0, 0];
      const end = (how: () => void) => {
        timers.remove(pending.timer);
        ask.signal?.removeEventListener("abort", aborted);
        this.#pending = undefined;
        how();
      };
      const aborted = () => end(() => reject(ask.signal?.reason as Error));
      const silent = () => end(() => reject(new Silence(garbage, refusals > 0, sent)));
      const send = () => {
        const datagram = ask.datagram(sent);
        const pause = this.#trips.pause(sent, ask.floor, ask.careful);
        sent += 1;
        const now = this.#clock.monotonic();
        pending.timer.due = ask.repeat ? Math.min(now + pause, givenUp) : givenUp;
        timers.add(pending.timer);
        this.tell(datagram);
      };
      const late = () => (this.#clock.monotonic() >= givenUp ? silent() : send());
      const pending: Pending = {
        timer: { due: 0, fire: late },
        receive: (datagram) => {
          const value = ask.answer(datagram);
          if (value === undefined) return;
          this.#trips.measured(this.#clock.monotonic() - begun, sent);
          end(() => resolve({ value, sent }));
        },
        garbled: () => (garbage += 1),
        // One may be the echo of an older datagram; the second is the answer.
        refused: () => ((refusals += 1) > 1 ? silent() : undefined),
        fail: (error) => end(() => reject(error)),
      };
      this.#pending = pending;
      ask.signal?.addEventListener("abort", aborted, { once: true });
      send();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    this.#pending?.fail(new Silence(0, false, 1));
    this.#socket.close();
  }

  #received(bytes: Uint8Array): void {
    try {
      const datagram = decodeDatagram(bytes);
      for (const listener of this.#listeners) listener(datagram);
      this.#pending?.receive(datagram);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#pending?.garbled();
    }
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === "ECONNREFUSED") this.#pending?.refused();
    else if (local.has(error.code ?? "")) this.#pending?.fail(new NoRouteError(this.#subject, error));
  }
}
