import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, UnreachableError } from "#base/errors.ts";
import { milliseconds, minutes, seconds, type Ms } from "#base/units.ts";
import { SessionsFullError } from "#protocols/ipmi/errors.ts";
import type { SendOptions, Session } from "#protocols/ipmi/session.ts";
import type { BmcFacts, IpmiBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { hostGate, hostTime, type GatePass } from "../../gate.ts";
import { endpoint, resolveAddress } from "../../endpoint.ts";
import { Memory } from "../memory.ts";
import { Seat } from "../seat.ts";
import { pace } from "./facts.ts";
import { logIn } from "./login.ts";
import { closeOrphans } from "./orphans.ts";

/** One turn at the BMC. */
export interface Talk {
  readonly session: Session;
  /** Says one thing, not sooner after the last than this BMC can bear. */
  say<T>(ask: (session: Session, options: SendOptions) => Promise<T>): Promise<T>;
}

interface Open {
  session: Session;
  pass: GatePass;
  bmc: string;
}

/** The way to one BMC over IPMI: a seat, and what is known of who is there. */
export class Line {
  readonly #target: IpmiBmcTarget;
  readonly #deps: BmcDeps;
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #seat: Seat<Open>;
  #lastCommand = 0;
  /** How long a BMC without a free session slot is left alone, and until when. */
  #rest = { pause: 0, until: 0 };

  constructor(target: IpmiBmcTarget, deps: BmcDeps, memory = new Memory(target.machine, target.known, deps)) {
    this.#target = target;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#memory = memory;
    this.#seat = new Seat({
      clock: this.#clock,
      enter: (signal) => this.#enter(signal),
      leave: (open) => this.#leave(open),
      wanted: ({ pass }) => pass.wanted(),
      spoilt: endsSession,
    });
  }

  /** What is known of the BMC, earlier knowledge included. */
  get known(): BmcFacts {
    return this.#memory.known;
  }

  learn(facts: BmcFacts): void {
    this.#memory.learn(facts);
  }

  /** A turn at the BMC; see {@link Seat.use}. */
  use<T>(signal: AbortSignal | undefined, talk: (to: Talk) => Promise<T>): Promise<T> {
    return this.#seat.use(signal, async (open) => {
      const result = await talk(this.#talk(open, signal));
      this.#learnFrom(open.session);
      return result;
    });
  }

  /** Waits, on the clock that all of this goes by. */
  pause(duration: Ms, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(duration, signal);
  }

  /** Ends the session, if there is one. */
  async rest(): Promise<void> {
    await this.#seat.rest();
    await this.#memory.settled();
  }

  async #enter(signal?: AbortSignal): Promise<Open> {
    const { machine, address, port, spacing = 0 } = this.#target;
    const host = await resolveAddress(address, machine);
    const bmc = endpoint(host, port);
    await this.#pause(this.#rest.until - this.#clock.monotonic(), signal);
    const { gate = hostGate, ledger } = this.#deps;
    const pass = await gate.enter(bmc, { purpose: machine, clock: this.#clock, ...(signal ? { signal } : {}) });
    let session: Session | undefined;
    try {
      const sinceLast = spacing > 0 && ledger ? this.#clock.now() - ledger.lastCommand(bmc) : Infinity;
      await this.#pause(Math.max(pass.restUntil - hostTime(), spacing - sinceLast), signal);
      session = await this.#login(host, bmc, signal);
      this.#rest = { pause: 0, until: 0 };
      const open = { session, pass, bmc };
      this.#learnFrom(session);
      pass.whenWanted(() => this.#seat.makeWay());
      if (ledger) await closeOrphans(this.#talk(open, signal), ledger, bmc);
      return open;
    } catch (error) {
      if (error instanceof SessionsFullError) this.#leaveAlone();
      await session?.close();
      pass.leave();
      throw error;
    }
  }

  /** Slots come free when idle sessions end, after up to a minute: asking all the time would only keep the BMC from it. */
  #leaveAlone(): void {
    const pause = Math.min(Math.max(seconds(5), 2 * this.#rest.pause), minutes(1));
    this.#rest = { pause, until: this.#clock.monotonic() + pause };
  }

  #login(host: string, bmc: string, signal?: AbortSignal): Promise<Session> {
    const { ledger } = this.#deps;
    return logIn({ target: this.#target, known: this.known, host, bmc, clock: this.#clock, ledger, signal });
  }

  /** What the session knows by now; the level it has is sure only after a command needed it. */
  #learnFrom({
    guid,
    cipherSuite,
    nameOnlyLookup,
    privilege,
    oddities: quirks,
    answersWithin: slowest,
  }: Session): void {
    const answersWithin = pace(this.known.answersWithin, slowest);
    this.learn({ guid, cipherSuite, nameOnlyLookup, privilege, quirks, ...(answersWithin && { answersWithin }) });
  }

  #talk({ session, bmc }: Open, signal?: AbortSignal): Talk {
    const { spacing = 0 } = this.#target;
    const { ledger } = this.#deps;
    return {
      session,
      say: async (ask) => {
        if (spacing > 0) await this.#pause(this.#lastCommand + spacing - hostTime(), signal);
        try {
          return await ask(session, { signal });
        } finally {
          this.#lastCommand = hostTime();
          ledger?.used(bmc);
          if (spacing > 0) ledger?.commanded(bmc);
        }
      },
    };
  }

  async #pause(duration: number, signal?: AbortSignal): Promise<void> {
    if (duration > 0) await this.#clock.sleep(milliseconds(duration), signal);
  }

  async #leave({ session, pass }: Open): Promise<void> {
    try {
      await session.close();
    } finally {
      pass.leave(this.#lastCommand + (this.#target.spacing ?? 0));
    }
  }
}

/** The session is of no more use: nobody answered in it, or the BMC does not know it any more. */
function endsSession(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof RackhandError && ["bmc.session-lost", "ipmi.answer-lost"].includes(error.code);
}
