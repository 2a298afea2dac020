import type { Clock } from "#base/clock.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { AnswerLostError, ConnectionLostError } from "../errors.ts";
import type { Limits, Observation } from "../target.ts";
import { dial, type Peer } from "./dial.ts";
import { Broken, exchange, KeptConnections, Unanswered, type Received, type Sent } from "./exchange.ts";
import { redirected } from "./redirect.ts";
import { limited } from "./time-limit.ts";
import { Turns } from "./turns.ts";
import { unpacked } from "./unpack.ts";

/** A request and what sending it twice would do. */
export interface Request extends Sent {
  /** Sent twice it does what sent once: what reads, and what sets a value. Others are never sent a second time. */
  repeatable: boolean;
}

export interface WireOptions {
  clock: Clock;
  keep: boolean;
  parallel: number;
  loose: boolean;
  largest: number;
  observe(what: Observation): void;
}

export interface CarryOptions {
  limits: Limits;
  signal?: AbortSignal | undefined;
}

/** How long an idle connection is kept: a daemon that looks every half minute pays no handshake. BMCs that close sooner are believed. */
const keepFor = seconds(60);
/** What must not be sent twice goes over a connection that was in use this short a time ago, or over a new one. */
const warm = milliseconds(1000);
/** On a kept connection an answer is waited for no longer than this before a new connection is tried. */
const keptPatience = seconds(20);
const mostRedirects = 3;

/** Connections with one BMC: kept, few, and mended. Knows HTTP, nothing of Redfish. */
export class Wire {
  readonly peer: Peer;
  readonly #options: WireOptions;
  readonly #agent = new KeptConnections(keepFor);
  readonly #turns: Turns;
  #keep: boolean;
  #identity = true;
  #used = 0;

  constructor(peer: Peer, options: WireOptions) {
    this.peer = peer;
    this.#options = options;
    this.#turns = new Turns(options.parallel);
    this.#keep = options.keep;
  }

  /**
   * One request and its whole answer, of any status; redirects on this BMC are followed. Throws the errors of `errors.ts` up to GarbageError,
   * TooLargeError, RedirectError, and the signal's reason.
   */
  async carry(request: Request, options: CarryOptions): Promise<Received> {
    const done = await this.#turns.take(options.signal);
    try {
      let path = request.path;
      for (let hops = 0; ; hops++) {
        const received = await this.#accepted({ ...request, path }, options);
        const next = hops < mostRedirects ? redirected({ ...request, path }, received, this.peer) : undefined;
        if (next === undefined) return received;
        path = next;
      }
    } finally {
      done();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** HPE's registries answer 406 to `identity` (they are stored compressed); all others should not compress: it makes ETags weak. */
  async #accepted(request: Request, options: CarryOptions): Promise<Received> {
    const received = await this.#sure(request, options);
    if (received.status !== 406 || !this.#identity) return received;
    this.#identity = false;
    const again = await this.#sure(request, options);
    if (again.status === 406) this.#identity = true;
    else this.#options.observe("identity-encoding-refused");
    return again;
  }

  /** Sends; where a kept connection turns out to be dead or deaf, once more over a new one. */
  async #sure(request: Request, options: CarryOptions): Promise<Received> {
    const { clock } = this.#options;
    if (!request.repeatable && clock.monotonic() - this.#used > warm) this.#agent.dropIdle();
    const kept = this.#agent.ready;
    try {
      return await this.#once(request, options, kept && request.repeatable);
    } catch (error) {
      if (!mayRepeat(request, error, kept)) throw this.#told(request, error);
      this.#agent.dropIdle();
      const received = await this.#second(request, options);
      if (error instanceof Unanswered) {
        this.#options.observe("kept-connection-hangs");
        this.#keep = false;
      }
      return received;
    }
  }

  async #second(request: Request, options: CarryOptions): Promise<Received> {
    try {
      return await this.#once(request, options, false);
    } catch (error) {
      throw this.#told(request, error);
    }
  }

  async #once(request: Request, options: CarryOptions, impatient: boolean): Promise<Received> {
    const { clock, largest, loose } = this.#options;
    const { limits, signal } = options;
    const { subject } = this.peer;
    if (!this.#agent.ready) this.#agent.add(await dial(this.peer, { clock, limits, signal }));
    const limit = impatient && limits.answer > keptPatience ? keptPatience : limits.answer;
    const late = () => new Unanswered(subject, `to ${request.method} ${request.path}`, limit);
    const act = async (over: AbortSignal): Promise<Received> => {
      const sent = { ...request, headers: this.#headers(request) };
      const received = await exchange(sent, { subject, agent: this.#agent, largest, loose, signal: over });
      return { ...received, body: await unpacked(received, subject, largest) };
    };
    try {
      return await limited(act, { clock, limit, late, signal });
    } finally {
      this.#used = clock.monotonic();
    }
  }

  #headers(request: Request): Record<string, string> {
    const { host, port, secure } = this.peer;
    const name = host.includes(":") ? `[${host}]` : host;
    return {
      Host: port === (secure ? 443 : 80) ? name : `${name}:${port}`,
      "User-Agent": "rackhand",
      ...(this.#identity ? { "Accept-Encoding": "identity" } : { "Accept-Encoding": "gzip, identity;q=0.5" }),
      Connection: this.#keep ? "keep-alive" : "close",
      ...(request.body === undefined && request.method !== "GET" ? { "Content-Length": "0" } : {}),
      ...(request.body === undefined ? {} : { "Content-Length": String(request.body.length) }),
      ...request.headers,
    };
  }

  /** A request that got out and may not be repeated has an unknown fate, however its answer got lost. */
  #told(request: Request, error: unknown): unknown {
    const { subject } = this.peer;
    const what = `${request.method} ${request.path}`;
    const lost = (error instanceof Broken && error.sent) || error instanceof Unanswered;
    if (lost && !request.repeatable) return new AnswerLostError(subject, what, error);
    return error instanceof Broken ? new ConnectionLostError(subject, `during ${what}`, error) : error;
  }
}

function mayRepeat(request: Request, error: unknown, kept: boolean): boolean {
  if (error instanceof Broken) return request.repeatable || !error.sent;
  return error instanceof Unanswered && kept && request.repeatable;
}
