import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, UnreachableError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { Session, type SendOptions } from "#protocols/ipmi/session.ts";
import type { BmcFacts, IpmiBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { hostGate, hostTime, type GatePass } from "../../gate.ts";
import { checkIdentity, learnt } from "./facts.ts";
import { closeOrphans } from "./orphans.ts";

/** `192.0.2.10:623`, `[2001:db8::1]:623`: how messages, claims, gate and ledger name a BMC. */
export function endpoint(address: string, port: number): string {
  const host = address.toLowerCase();
  return isIP(host) === 6 ? `[${new URL(`http://[${host}]`).hostname.slice(1, -1)}]:${port}` : `${host}:${port}`;
}

/** One turn at the BMC. */
export interface Talk {
  readonly session: Session;
  /** Says one thing, not sooner after the last than this BMC can bear. */
  say<T>(ask: (session: Session, options: SendOptions) => Promise<T>): Promise<T>;
}

/** BMCs drop idle sessions after a minute and have few of them: one that is not used is given back much earlier. */
const idleAfter: Ms = seconds(15);

interface Open {
  session: Session;
  pass: GatePass;
  bmc: string;
}

/**
 * The way to one BMC: opens a session when somebody has something to say, one turn at a time, keeps it for those who follow shortly, and makes way as soon as
 * another process stands in line.
 */
export class Line {
  readonly #target: IpmiBmcTarget;
  readonly #deps: BmcDeps;
  readonly #clock: Clock;
  #known: BmcFacts;
  #open: Open | undefined;
  #turns: Promise<unknown> = Promise.resolve();
  #told: Promise<void> = Promise.resolve();
  #talking = false;
  #idle = new AbortController();
  #lastCommand = 0;

  constructor(target: IpmiBmcTarget, deps: BmcDeps) {
    this.#target = target;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#known = target.known ?? {};
  }

  /** What is known of the BMC, earlier knowledge included. */
  get known(): BmcFacts {
    return this.#known;
  }

  /** Keeps what was learnt and tells whoever keeps the record. */
  learn(facts: BmcFacts): void {
    const all = learnt(this.#known, facts);
    if (all === this.#known) return;
    this.#known = all;
    const { onFacts } = this.#deps;
    if (!onFacts) return;
    // Who only reads the power must not fail because a fact cannot be kept.
    this.#told = this.#told.then(() => onFacts(this.#target.machine, all)).catch(() => undefined);
  }

  /** A turn at the BMC. Turns are taken one after the other; `signal` ends the waiting as well as the talking. */
  use<T>(signal: AbortSignal | undefined, talk: (to: Talk) => Promise<T>): Promise<T> {
    return this.#inTurn(signal, async () => {
      this.#talking = true;
      this.#idle.abort();
      try {
        const open = (this.#open ??= await this.#enter(signal));
        const result = await talk(this.#talk(open, signal));
        this.#learnFrom(open.session);
        return result;
      } catch (error) {
        if (endsSession(error)) await this.#leave();
        throw error;
      } finally {
        this.#talking = false;
        if (this.#open?.pass.wanted()) await this.#leave();
        else if (this.#open) this.#restLater();
      }
    });
  }

  /** Ends the session, if there is one. */
  async rest(): Promise<void> {
    await this.#inTurn(undefined, () => this.#leave());
    await this.#told;
  }

  async #inTurn<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
    const before = this.#turns;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#turns = before.then(() => done);
    try {
      await unlessAborted(before, signal);
      return await act();
    } finally {
      resolve();
    }
  }

  async #enter(signal?: AbortSignal): Promise<Open> {
    const { machine, port, spacing = 0 } = this.#target;
    const host = await this.#resolve();
    const bmc = endpoint(host, port);
    const { gate = hostGate, ledger } = this.#deps;
    const pass = await gate.enter(bmc, { purpose: machine, clock: this.#clock, ...(signal ? { signal } : {}) });
    let session: Session | undefined;
    try {
      const sinceLast = spacing > 0 && ledger ? this.#clock.now() - ledger.lastCommand(bmc) : Infinity;
      await this.#pause(Math.max(pass.restUntil - hostTime(), spacing - sinceLast), signal);
      session = await this.#login(host, bmc, signal);
      const open = { session, pass, bmc };
      this.#learnFrom(session);
      pass.whenWanted(() => this.#makeWay());
      if (ledger) await closeOrphans(this.#talk(open, signal), ledger, bmc);
      return open;
    } catch (error) {
      await session?.close();
      pass.leave();
      throw error;
    }
  }

  async #login(host: string, bmc: string, signal?: AbortSignal): Promise<Session> {
    const { port, username, password, kg, cipherSuites, privilege, quirks = [], machine } = this.#target;
    const { privilege: had, ...known } = this.#known;
    return Session.open(
      {
        host,
        port,
        name: `${machine} (${bmc})`,
        username,
        password,
        kg,
        cipherSuites,
        privilege,
        // What the estate says of the level comes before what was learnt.
        known: privilege === undefined ? { ...known, privilege: had } : known,
        quirks: [...quirks, ...(known.quirks ?? [])],
      },
      {
        clock: this.#clock,
        signal,
        accept: (guid) => checkIdentity(machine, bmc, known.guid, guid),
        onSession: (id) => this.#deps.ledger?.opened(bmc, id),
        onSessionEnd: (id) => this.#deps.ledger?.closed(bmc, id),
      },
    );
  }

  /** What the session knows by now; the level it has is sure only after a command needed it. */
  #learnFrom({ guid, cipherSuite, nameOnlyLookup, privilege }: Session): void {
    this.learn({ guid, cipherSuite, nameOnlyLookup, privilege });
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

  async #resolve(): Promise<string> {
    const { address, machine } = this.#target;
    if (isIP(address)) return address;
    try {
      return (await lookup(address)).address;
    } catch (cause) {
      throw new UnreachableError("bmc.name", `the name of its controller, ${address}, cannot be resolved`, {
        subject: machine,
        advice: "check this host's name service, or give the controller's address as a number",
        cause,
      });
    }
  }

  async #leave(): Promise<void> {
    this.#idle.abort();
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    try {
      await open.session.close();
    } finally {
      open.pass.leave(this.#lastCommand + (this.#target.spacing ?? 0));
    }
  }

  /** Somebody stands in line: between two turns the session goes at once, otherwise after this turn. */
  #makeWay(): void {
    if (!this.#talking) void this.rest();
  }

  #restLater(): void {
    this.#idle = new AbortController();
    this.#clock.sleep(idleAfter, this.#idle.signal).then(
      () => this.rest(),
      () => {},
    );
  }
}

/** The session is of no more use: nobody answered in it, or the BMC does not know it any more. */
function endsSession(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof RackhandError && ["bmc.session-lost", "ipmi.answer-lost"].includes(error.code);
}

function unlessAborted(promise: Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
