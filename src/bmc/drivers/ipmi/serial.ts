import { hostname } from "node:os";
import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { ConsolePortError } from "#protocols/ipmi/errors.ts";
import type { Session } from "#protocols/ipmi/session.ts";
import { describeOwner, SolConsole, type SolEnd } from "#protocols/ipmi/sol.ts";
import type { IpmiBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { hostGate, hostTime } from "../../gate.ts";
import { processUser } from "../../host/name.ts";
import { whenConsoleIsAskedFor } from "../../release.ts";
import type { SerialFacet } from "../../serial.ts";
import { openLine } from "../../serial/kept-line.ts";
import type { Connection, Road, RoadEnd, RoadHooks } from "../../serial/road.ts";
import { endpoint, resolveAddress } from "../../endpoint.ts";
import type { Memory } from "../memory.ts";
import { claimConsole, type ConsoleClaim } from "./console-claim.ts";
import { logIn } from "./login.ts";
import { closeOrphans } from "./orphans.ts";

/** The ledger's note of the session is kept fresh, so that it can be closed if this process is killed. */
const freshen = seconds(15);

type How = Parameters<Road["connect"]>[1];

/** Serial-over-LAN of any controller that speaks IPMI 2.0, in a session of its own beside the one for commands. */
export function ipmiSerial(target: IpmiBmcTarget, deps: BmcDeps, memory: Memory): SerialFacet {
  const clock = deps.clock ?? systemClock;
  const name = `SOL at ${endpoint(target.address, target.port)}`;
  return { name, open: (options) => openLine(new SolRoad(name, target, deps, memory), clock, options) };
}

class SolRoad implements Road {
  readonly name: string;
  readonly #target: IpmiBmcTarget;
  readonly #deps: BmcDeps;
  readonly #memory: Memory;
  readonly #clock: Clock;
  /** Ids of our own sessions so far: what they still hold is ours. */
  readonly #ours: number[] = [];
  /** Where SOL is, when it is not at the target's port. */
  #port: number | undefined;
  /** It was not to be found on the port that the BMC announces. */
  #stays = false;

  constructor(name: string, target: IpmiBmcTarget, deps: BmcDeps, memory: Memory) {
    this.name = name;
    this.#target = target;
    this.#deps = deps;
    this.#memory = memory;
    this.#clock = deps.clock ?? systemClock;
  }

  get machine(): string {
    return this.#target.machine;
  }

  get diesOfReset(): boolean {
    return this.#quirks.includes("sol-dead-after-reset");
  }

  /** The BMC looks at nothing that is typed. */
  leave(): Uint8Array {
    return new Uint8Array(0);
  }

  async connect(hooks: RoadHooks, how: How): Promise<Connection> {
    const { machine, address, port } = this.#target;
    const host = await resolveAddress(address, machine);
    const bmc = endpoint(host, port);
    const claim = await claimConsole(bmc, { machine, host: hostname(), clock: this.#clock, consent: how.consent });
    try {
      return await this.#atPort(host, bmc, hooks, { ...how, consent: claim.consent }, claim);
    } catch (error) {
      claim.release();
      throw error;
    }
  }

  /** Where the BMC says that SOL is elsewhere it is tried there; where that does not help, here, come what may. */
  async #atPort(host: string, bmc: string, hooks: RoadHooks, how: How, claim: ConsoleClaim): Promise<Connection> {
    try {
      return await this.#open(host, bmc, hooks, how, claim);
    } catch (error) {
      if (error instanceof ConsolePortError && this.#port === undefined) this.#port = error.port;
      else if (this.#port !== undefined && !this.#stays) [this.#port, this.#stays] = [undefined, true];
      else throw error;
      return this.#atPort(host, bmc, hooks, how, claim);
    }
  }

  async #open(host: string, bmc: string, hooks: RoadHooks, how: How, claim: ConsoleClaim): Promise<Connection> {
    const { gate = hostGate, ledger } = this.#deps;
    const { signal } = how;
    // Logging in and activating are commands like others; what follows is a stream and holds nobody up.
    const pass = await gate.enter(bmc, { purpose: `${this.machine} console`, clock: this.#clock, signal });
    let session: Session | undefined;
    try {
      const wait = pass.restUntil - hostTime();
      if (wait > 0) await this.#clock.sleep(milliseconds(wait), signal);
      session = await this.#logIn(host, bmc, signal);
      const orphans = ledger
        ?.orphans(bmc)
        .flatMap(({ sessionId }) => (typeof sessionId === "number" ? [sessionId] : []));
      this.#ours.push(session.managedSessionId, ...(orphans ?? []));
      const speaking = session;
      if (ledger) await closeOrphans({ session, say: (ask) => ask(speaking, { signal }) }, ledger, bmc);
      return await this.#activate(session, bmc, hooks, how, claim);
    } catch (error) {
      await session?.close();
      throw error;
    } finally {
      pass.leave(hostTime() + (this.#target.spacing ?? 0));
    }
  }

  async #logIn(host: string, bmc: string, signal: AbortSignal): Promise<Session> {
    const session = await logIn({
      target: this.#target,
      known: this.#memory.known,
      host,
      bmc,
      clock: this.#clock,
      ledger: this.#deps.ledger,
      signal,
      renew: false,
      ...(this.#port === undefined ? {} : { port: this.#port }),
    });
    const { guid, cipherSuite, nameOnlyLookup, privilege } = session;
    this.#memory.learn({ guid, cipherSuite, nameOnlyLookup, privilege });
    return session;
  }

  async #activate(session: Session, bmc: string, hooks: RoadHooks, how: How, claim: ConsoleClaim): Promise<Connection> {
    const over = new AbortController();
    const asked: { listener?: { close: () => void } } = {};
    const leave = async () => {
      over.abort();
      asked.listener?.close();
      claim.release();
      await session.close();
    };
    const console = await SolConsole.open(session, {
      clock: this.#clock,
      signal: how.signal,
      ours: this.#ours,
      quirks: this.#quirks,
      stayOnPort: this.#stays || this.#port !== undefined,
      consent: (owner) => how.consent({ description: describeOwner(owner) }),
      data: hooks.data,
      gap: (why) => hooks.gap(why === "overrun" ? "overrun" : "packets-lost"),
      available: hooks.host,
      brk: hooks.brk,
      end: (end) => void leave().then(() => hooks.end(roadEnd(end))),
    });
    void this.#freshen(bmc, over.signal);
    const close = async () => {
      await console.close();
      await leave();
    };
    asked.listener = await whenConsoleIsAskedFor(bmc, { person: processUser() }, async () => {
      await close();
      hooks.end({ why: "released" });
    });
    if (over.signal.aborted) asked.listener.close();
    return { write: (bytes) => console.write(bytes), break: () => console.break(), close };
  }

  async #freshen(bmc: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#deps.ledger?.used(bmc);
      await this.#clock.sleep(freshen, signal).catch(() => undefined);
    }
  }

  get #quirks(): readonly string[] {
    return [...(this.#target.quirks ?? []), ...(this.#memory.known.quirks ?? [])];
  }
}

function roadEnd(end: SolEnd): RoadEnd {
  if (end.why === "taken") return { why: "taken", by: describeOwner(end.owner) };
  const { error } = end.why === "session-lost" ? end : {};
  const details: Record<Exclude<SolEnd["why"], "taken">, string> = {
    deactivated: "the controller ended it",
    silent: "the controller acknowledges nothing any more",
    "session-lost": error instanceof RackhandError ? error.message : "its session is gone",
  };
  return { why: "lost", detail: details[end.why], ...(error === undefined ? {} : { error }) };
}
