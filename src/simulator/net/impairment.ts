import type { Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, type Ms } from "#base/units.ts";
import { seededRandom } from "../host/random.ts";

/** How bad the network between console and BMC is. All may be changed at run time; chances are per datagram and direction. */
export interface NetworkFaults {
  /** Swallows everything: the BMC is there, but says nothing. */
  silence: boolean;
  /** Added before each answer; with two values, evenly between them. */
  delay: Ms | readonly [Ms, Ms];
  loss: number;
  /** Chance that a datagram comes twice. */
  duplication: number;
  /** Chance that an answer is held back until the next one has gone (or {@link holdBack} is over). */
  reordering: number;
  /** Loses exactly what it says yes to; `about` is the name of the command or of the handshake message. */
  drop?: ((datagram: PassingDatagram) => boolean) | undefined;
}

export interface PassingDatagram {
  direction: "in" | "out";
  /** `Chassis Control`, `Open Session`, `RAKP 1`… */
  about: string;
}

/** What became of the datagrams. */
export interface TrafficCounts {
  in: number;
  out: number;
  lost: number;
  duplicated: number;
  reordered: number;
}

const holdBack = milliseconds(50);

/** Applies {@link NetworkFaults} to the two directions of one socket. */
export class Impairment {
  readonly faults: NetworkFaults = { silence: false, delay: milliseconds(0), loss: 0, duplication: 0, reordering: 0 };
  readonly counts: TrafficCounts = { in: 0, out: 0, lost: 0, duplicated: 0, reordered: 0 };
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #stopped = new AbortController();
  #held: (() => void)[] = [];

  constructor(clock: Clock, seed: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  /** How many times a datagram arrives: 0 is lost, 2 duplicated. */
  arrivals(about: string): number {
    this.counts.in++;
    return this.#times({ direction: "in", about });
  }

  /** Calls `send` as often, and when, the faults have it. */
  leave(about: string, send: () => void): void {
    const times = this.#times({ direction: "out", about });
    const sent = () => {
      for (let i = 0; i < times; i++) this.#send(send);
    };
    if (times === 0) return;
    const delay = this.#delay();
    if (this.#random() < this.faults.reordering) this.#holdBack(sent, milliseconds(delay + holdBack));
    else if (delay === 0) this.#now(sent);
    else this.#later(delay, () => this.#now(sent));
  }

  /** Nothing more leaves. */
  stop(): void {
    this.#held = [];
    this.#stopped.abort(new RackhandError("simulator.stopped", "the simulator was stopped"));
  }

  #times(datagram: PassingDatagram): number {
    const lost = this.faults.silence || this.#random() < this.faults.loss || this.faults.drop?.(datagram) === true;
    if (lost) {
      this.counts.lost++;
      return 0;
    }
    if (this.#random() >= this.faults.duplication) return 1;
    this.counts.duplicated++;
    return 2;
  }

  #send(send: () => void): void {
    this.counts.out++;
    send();
  }

  #now(sent: () => void): void {
    sent();
    const held = this.#held;
    this.#held = [];
    for (const late of held) late();
  }

  #holdBack(sent: () => void, limit: Ms): void {
    this.counts.reordered++;
    this.#held.push(sent);
    this.#later(limit, () => {
      if (!this.#held.includes(sent)) return;
      this.#held = this.#held.filter((other) => other !== sent);
      sent();
    });
  }

  #later(delay: Ms, act: () => void): void {
    this.#clock.sleep(delay, this.#stopped.signal).then(act, () => {}); // stopped meanwhile: nothing leaves
  }

  #delay(): Ms {
    const { delay } = this.faults;
    if (typeof delay === "number") return delay;
    return milliseconds(delay[0] + this.#random() * (delay[1] - delay[0]));
  }
}
