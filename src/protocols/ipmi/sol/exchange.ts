import type { Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { nextSolSequence, SolOperation, SolStatus, type SolPacket } from "../sol-packet.ts";
import { timersOf, type Timer } from "../session/timers.ts";
import { Inbound } from "./inbound.ts";
import { Outbound, type Load } from "./outbound.ts";

/** When a packet of ours is sent again. FreeIPMI and ipmitool wait about as long; sooner upsets BMCs. */
const firstRetry = milliseconds(500);
const lastRetry = seconds(5);
const retryGrowth = 1.5;
/** A BMC that takes nothing at all for so long has lost us. */
const givenUpAfter = seconds(60);
/** After so many repetitions a stuck BMC gets the packet under a new number, where its quirk says so. */
const bumpAfter = 4;
/** After so many it is worth asking whether the session still is. */
const doubtAfter = 4;

/** Why characters are missing, or may be missing. */
export type SolGap = "sequence" | "overrun";

export interface ExchangeOptions {
  clock: Clock;
  /** Characters that a packet of ours may carry. */
  size: number;
  /** Accepted count 0 without a nack means that all was taken (Intel). */
  zeroMeansAll: boolean;
  /** The BMC wants a new number after some repetitions (Windmill, Winterfell). */
  bumpSequence: boolean;
  send: (packet: SolPacket) => void;
  /** Characters in order. Keep nothing of it: the bytes are the socket's. */
  data: (bytes: Uint8Array) => void;
  gap: (why: SolGap) => void;
  /** The host sends a break. */
  brk: () => void;
  /** False: the host is off or in reset, characters go nowhere. */
  available: (is: boolean) => void;
  /** The BMC says that SOL has ended here. */
  deactivated: () => void;
  /** A packet of ours stays unacknowledged. */
  doubt: () => void;
  /** Nothing that we send is acknowledged any more. */
  silent: () => void;
}

/** A packet of ours that waits for its acknowledgement. */
interface Outstanding extends Load {
  sequence: number;
  sends: number;
  since: number;
  nudged: boolean;
}

/**
 * The two half-duplex streams of SOL (IPMI 2.0 §15.9): one packet of ours at a time, each of the BMC's acknowledged at once and in full. Sends and
 * waits, knows no session.
 */
export class SolExchange {
  readonly #options: ExchangeOptions;
  readonly #inbound = new Inbound();
  readonly #outbound = new Outbound();
  readonly #timer: Timer;
  #sequence = 0;
  #outstanding: Outstanding | undefined;
  /** Until then nothing new is sent: the BMC took nothing of the last one. */
  #resting = false;
  #refusals = 0;
  #signals = 0;
  #available = true;
  #closed = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#timer = { due: 0, fire: () => this.#late() };
  }

  /** Resolves when the BMC has taken all of it; rejects when the exchange is closed before. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#put(() => this.#outbound.write(bytes));
  }

  /** Behind what was written before. */
  break(): Promise<void> {
    return this.#put(() => this.#outbound.control(SolOperation.break));
  }

  /** A packet without characters: the BMC's acknowledgement shows that it hears us here. */
  probe(): Promise<void> {
    return this.#put(() => this.#outbound.control(0));
  }

  /** Flow control towards the host: our clear-to-send and carrier. Holds until set otherwise. */
  signals(given: { clearToSend: boolean; carrier: boolean }): Promise<void> {
    this.#signals = (given.clearToSend ? 0 : SolOperation.ctsOff) | (given.carrier ? 0 : SolOperation.dcdOff);
    return this.probe();
  }

  /** Writes that were not acknowledged are rejected with `why`: they may have arrived. */
  close(why: RackhandError): void {
    this.#closed = true;
    timersOf(this.#options.clock).remove(this.#timer);
    this.#outstanding = undefined;
    this.#outbound.fail(why);
  }

  /** `order` rises with what the BMC sent: tells a packet that was overtaken from one before which others are missing. */
  receive(packet: SolPacket, order: number): void {
    if (this.#closed) return;
    this.#acknowledged(packet);
    const { flags } = packet;
    if (packet.sequence === 0) this.#status(flags);
    else this.#take(packet, order);
    if (flags & SolStatus.deactivated) return this.#options.deactivated();
    this.#next();
  }

  #put(queue: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.reject(new RackhandError("console.lost", "the serial console was closed"));
    const done = queue();
    this.#next();
    return done;
  }

  #take(packet: SolPacket, order: number): void {
    const taken = this.#inbound.take(packet, order);
    if (taken === "late") return;
    // First the acknowledgement: whoever reads us may be slow.
    this.#options.send(this.#acknowledgement(packet.sequence, taken.acknowledge));
    if (taken.missing) this.#options.gap("sequence");
    if (taken.fresh) this.#status(packet.flags);
    if (taken.data.length > 0) this.#options.data(taken.data);
  }

  #acknowledgement(sequence: number, accepted: number): SolPacket {
    return { sequence: 0, acknowledges: sequence, accepted, flags: this.#signals, data: nothing };
  }

  #status(flags: number): void {
    if (flags & SolStatus.overrun) this.#options.gap("overrun");
    if (flags & SolStatus.break) this.#options.brk();
    const available = (flags & SolStatus.unavailable) === 0;
    if (available === this.#available) return;
    this.#available = available;
    this.#options.available(available);
  }

  #acknowledged({ sequence, acknowledges, accepted, flags }: SolPacket): void {
    const sent = this.#outstanding;
    if (acknowledges === 0 || sent === undefined) return;
    if (acknowledges !== sent.sequence) {
      // It speaks of an older one, so it has not heard this one: repeated at once, but not more often.
      if (sequence === 0 && !sent.nudged) {
        sent.nudged = true;
        this.#transmit(sent);
      }
      return;
    }
    const nack = (flags & SolStatus.nack) !== 0;
    const { length } = sent.data;
    const all = !nack && (accepted === 0 ? this.#options.zeroMeansAll || length === 0 : accepted >= length);
    const taken = all ? length : Math.min(accepted, length);
    this.#settle();
    this.#outbound.accepted(sent, taken, all);
    if (all || taken > 0) this.#refusals = 0;
    else this.#rest();
  }

  #settle(): void {
    this.#outstanding = undefined;
    timersOf(this.#options.clock).remove(this.#timer);
  }

  /** Nothing was taken: the rest goes out again later, as a new packet. */
  #rest(): void {
    this.#resting = true;
    this.#wait(this.#pause(this.#refusals++));
  }

  #next(): void {
    if (this.#closed || this.#outstanding || this.#resting) return;
    const load = this.#outbound.next(this.#options.size);
    if (!load) return;
    this.#sequence = nextSolSequence(this.#sequence);
    const since = this.#options.clock.monotonic();
    this.#outstanding = { ...load, sequence: this.#sequence, sends: 0, since, nudged: false };
    this.#transmit(this.#outstanding);
  }

  #transmit(sent: Outstanding): void {
    const { sequence, operation, data } = sent;
    this.#options.send({ sequence, acknowledges: 0, accepted: 0, flags: operation | this.#signals, data });
    this.#wait(this.#pause(sent.sends++));
  }

  #late(): void {
    this.#resting = false;
    const sent = this.#outstanding;
    if (!sent) return this.#next();
    const now = this.#options.clock.monotonic();
    if (now - sent.since >= givenUpAfter) return this.#options.silent();
    if (sent.sends === doubtAfter) this.#options.doubt();
    if (this.#options.bumpSequence && sent.sends >= bumpAfter) {
      this.#sequence = nextSolSequence(this.#sequence);
      Object.assign(sent, { sequence: this.#sequence, sends: 0 });
    }
    this.#transmit(sent);
  }

  #wait(pause: Ms): void {
    const timers = timersOf(this.#options.clock);
    timers.remove(this.#timer);
    this.#timer.due = this.#options.clock.monotonic() + pause;
    timers.add(this.#timer);
  }

  #pause(times: number): Ms {
    return milliseconds(Math.min(lastRetry, firstRetry * retryGrowth ** times));
  }
}

const nothing = new Uint8Array(0);
