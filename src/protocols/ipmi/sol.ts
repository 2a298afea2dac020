import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { seconds, type Ms } from "#base/units.ts";
import { GetDeviceId } from "./commands.ts";
import { ConsolePortError, ConsoleTakenError, MalformedError } from "./errors.ts";
import { PayloadType } from "./packet.ts";
import type { Session } from "./session.ts";
import { Activator, deactivate, type ActivateOptions, type Activation } from "./sol/activate.ts";
import { SolExchange, type SolGap } from "./sol/exchange.ts";
import { describeOwner, ownerId, ownerOf, type SolOwner } from "./sol/owner.ts";
import { foreignPort } from "./sol/port.ts";
import type { SolQuirk } from "./sol/quirks.ts";
import { decodeSol, encodeSol } from "./sol-packet.ts";

export { describeOwner, type SolOwner } from "./sol/owner.ts";
export type { SolGap } from "./sol/exchange.ts";

/**
 * How a console ended without us: taken by another session (many BMCs do not announce it), switched off in the BMC, its session gone (the BMC restarted,
 * or cannot be reached), or a BMC that acknowledges nothing any more.
 */
export type SolEnd =
  | { why: "taken"; owner: SolOwner }
  | { why: "deactivated" }
  | { why: "session-lost"; error: unknown }
  | { why: "silent" };

export interface SolEvents {
  /** Characters in order, each once. The bytes are valid only during the call. Called as fast as they come: never wait in it. */
  data: (bytes: Uint8Array) => void;
  /** Characters are missing here: packets that the BMC gave up, or its buffer ran over. */
  gap?: (why: SolGap) => void;
  /** The host sends a break. */
  brk?: () => void;
  /** False: the host is off or in reset, what is typed goes nowhere. */
  available?: (is: boolean) => void;
  /** It is over; the session is the caller's to close. Called once, not after {@link SolConsole.close}. */
  end: (end: SolEnd) => void;
}

export interface SolOptions extends SolEvents {
  clock?: Clock;
  signal?: AbortSignal | undefined;
  /** The BMC's ids of sessions that were ours: what they still hold is taken back without asking. */
  ours?: readonly number[];
  /** Somebody else has the console: may it be taken away from them? Default: no. */
  consent?: (owner: SolOwner) => boolean | Promise<boolean>;
  /** How long the BMC may hear nothing of us. BMCs drop a session after 60 s, some sooner. Default 10 s. */
  keepAlive?: Ms;
  quirks?: readonly string[];
  /** Stay on the session's port, whatever the BMC announces. */
  stayOnPort?: boolean;
}

const probePatience = seconds(5);
const keepAlivePatience = seconds(10);
const courtesy = seconds(5);

/**
 * The serial console of a BMC over a session of its own (open it with `renew: false`). Each packet of the BMC's is acknowledged at once; what we write
 * goes out in order, one packet at a time, until it is taken.
 */
export class SolConsole implements AsyncDisposable {
  readonly #session: Session;
  readonly #options: SolOptions;
  readonly #clock: Clock;
  readonly #activation: Activation;
  readonly #exchange: SolExchange;
  readonly #lane: { close(): void };
  readonly #over = new AbortController();
  /** Ends the pause before the next look at who has the console. */
  #nap = new AbortController();
  /** Our own id, as this BMC names the owner; undefined: what it says is not to be believed. */
  #ownId: number | undefined;

  private constructor(session: Session, activation: Activation, options: SolOptions) {
    this.#session = session;
    this.#activation = activation;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const lane = session.lane(PayloadType.sol, activation.clear, (payload, order) => this.#receive(payload, order));
    this.#lane = lane;
    const has = (quirk: SolQuirk) => options.quirks?.includes(quirk) ?? false;
    this.#exchange = new SolExchange({
      clock: this.#clock,
      size: activation.size,
      zeroMeansAll: has("sol-zero-accept"),
      bumpSequence: has("sol-bump-sequence"),
      send: (packet) => lane.send(encodeSol(packet)),
      data: options.data,
      gap: (why) => options.gap?.(why),
      brk: () => options.brk?.(),
      available: (is) => options.available?.(is),
      deactivated: () => void this.#toldOver(),
      doubt: () => this.#nap.abort(),
      silent: () => this.#end({ why: "silent" }),
    });
  }

  /**
   * Activates SOL. Throws `console.taken` (no consent), `console.disabled`, `console.stuck`, `console.port` (another session is needed, at its `port`),
   * `ipmi.completion-code`, and what the session throws.
   */
  static async open(session: Session, options: SolOptions): Promise<SolConsole> {
    const { clock = systemClock, signal, ours = [], consent = () => false } = options;
    const activating: ActivateOptions = { clock, signal, ours, consent };
    const activation = await new Activator(session, activating).run();
    const console = new SolConsole(session, activation, options);
    try {
      await console.#begin();
      return console;
    } catch (error) {
      await console.close();
      throw error;
    }
  }

  /** Whom it was taken from at the beginning. */
  get takenFrom(): SolOwner | undefined {
    return this.#activation.takenFrom;
  }

  /** Characters that a packet of ours carries at most. */
  get packetSize(): number {
    return this.#activation.size;
  }

  /** Resolves when the BMC has taken all of it. Rejected when the console ends before: then it may have arrived, in part or in whole. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#exchange.write(bytes);
  }

  /** Sends a break, behind what was written before. */
  break(): Promise<void> {
    return this.#exchange.break();
  }

  /** Our side of the flow control: whether the host may send. Nothing here ever sets it by itself. */
  signals(given: { clearToSend: boolean; carrier: boolean }): Promise<void> {
    return this.#exchange.signals(given);
  }

  /** Gives the console back to the BMC. Never throws. */
  async close(): Promise<void> {
    if (!this.#stop("it was closed")) return;
    await deactivate(this.#session);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(): Promise<void> {
    const { signal, quirks = [] } = this.#options;
    const { port } = this.#activation;
    const elsewhere = this.#options.stayOnPort ? undefined : foreignPort(port, this.#session.port);
    // Behind NAT or a port-forward the announced port is the inner one, and all is well where we are.
    if (elsewhere !== undefined && !(await this.#hearsUs()))
      throw new ConsolePortError(this.#session.subject, elsewhere);
    if (!quirks.includes("sol-no-instance-info" satisfies SolQuirk)) {
      const owner = await ownerId(this.#session, { signal });
      const { managedSessionId, consoleSessionId } = this.#session;
      if (owner === managedSessionId || owner === consoleSessionId) this.#ownId = owner;
    }
    void this.#keepAlive();
  }

  async #hearsUs(): Promise<boolean> {
    const over = new AbortController();
    const limit = this.#clock.sleep(probePatience, AbortSignal.any([over.signal, ...signals(this.#options.signal)]));
    const heard = this.#exchange.probe().then(() => true);
    try {
      return await Promise.race([heard, limit.then(() => false)]);
    } finally {
      over.abort();
      limit.catch(() => undefined);
    }
  }

  #receive(payload: Uint8Array, order: number): void {
    if (this.#over.signal.aborted) return;
    try {
      this.#exchange.receive(decodeSol(payload), order);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  /** The session must not be idle for a minute; a thief, and a BMC that restarted, are found out by asking who has the console. */
  async #keepAlive(): Promise<void> {
    const { keepAlive = seconds(10) } = this.#options;
    const { signal } = this.#over;
    try {
      for (;;) {
        this.#nap = new AbortController();
        const woken = AbortSignal.any([signal, this.#nap.signal]);
        await this.#clock.sleep(keepAlive, woken).catch(() => signal.throwIfAborted());
        // Also while characters come: OpenIPMI ends a session after 30 s without a command, whatever flows in it.
        await this.#look();
      }
    } catch (error) {
      if (!signal.aborted) this.#end({ why: "session-lost", error });
    }
  }

  /** Whether it is still ours; ends it when it is not. */
  async #look(): Promise<void> {
    if (this.#ownId === undefined) return this.#signOfLife();
    const owner = await ownerId(this.#session, { timeout: keepAlivePatience, signal: this.#over.signal });
    if (owner === undefined || owner === this.#ownId) return;
    if (owner === 0) await this.#toldOver();
    else this.#end({ why: "taken", owner: await this.#owner() });
  }

  async #signOfLife(): Promise<void> {
    const { netFn, code } = GetDeviceId;
    const how = { effect: "reads", timeout: keepAlivePatience, signal: this.#over.signal } as const;
    await this.#session.raw(netFn, code, new Uint8Array(0), how);
  }

  /** The BMC said that it is over: by a thief, who has it by now, or by whoever switched it off. */
  async #toldOver(): Promise<void> {
    const known = this.#ownId !== undefined;
    const stopped = this.#stop("the BMC ended it");
    if (!stopped) return;
    // Between freeing and taking it a thief takes a moment: who comes back sooner would fight.
    await this.#clock.sleep(courtesy, this.#options.signal).catch(() => undefined);
    const owner = known ? await this.#owner() : {};
    const { sessionId } = owner;
    const taken = sessionId !== undefined && sessionId !== this.#ownId;
    this.#options.end(taken ? { why: "taken", owner } : { why: "deactivated" });
  }

  #owner(): Promise<SolOwner> {
    return ownerOf(this.#session).catch(() => ({}));
  }

  #end(end: SolEnd): void {
    const taken =
      end.why === "taken" ? new ConsoleTakenError(this.#session.subject, describeOwner(end.owner)) : undefined;
    if (this.#stop(endings[end.why], taken)) this.#options.end(end);
  }

  /** True the first time. */
  #stop(why: string, cause?: unknown): boolean {
    if (this.#over.signal.aborted) return false;
    this.#over.abort();
    this.#lane.close();
    const { subject } = this.#session;
    this.#exchange.close(
      new RackhandError("console.lost", `the serial console ended: ${why}`, {
        subject,
        cause,
        advice: "what was typed last may have arrived or not: look before typing it again",
      }),
    );
    return true;
  }
}

const endings: Readonly<Record<SolEnd["why"], string>> = {
  taken: "another session took it",
  deactivated: "it was switched off in the BMC",
  "session-lost": "its session is gone",
  silent: "the BMC acknowledges nothing any more",
};

const signals = (signal: AbortSignal | undefined) => (signal ? [signal] : []);
