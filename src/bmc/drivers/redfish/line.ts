import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, UnreachableError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";
import { milliseconds } from "#base/units.ts";
import { RedfishClient, type RedfishTarget } from "#protocols/redfish/client.ts";
import { text } from "#protocols/redfish/resource.ts";
import type { BmcFacts, RedfishBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { hostGate, hostTime, type GatePass } from "../../gate.ts";
import { endpoint, resolveAddress } from "../../endpoint.ts";
import type { Memory } from "../memory.ts";
import { Seat } from "../seat.ts";
import { checkRoot } from "./identity-check.ts";
import { closeOrphans } from "./orphans.ts";
import { clientHabits, quirksSeen } from "./habits.ts";
import { uuidOf } from "./uuid.ts";

interface Open {
  client: RedfishClient;
  pass: GatePass;
  bmc: string;
}

/** The way to one BMC over Redfish: a seat, and what is known of who is there. */
export class RedfishLine {
  readonly target: RedfishBmcTarget;
  readonly clock: Clock;
  readonly #deps: BmcDeps;
  readonly #memory: Memory;
  readonly #seat: Seat<Open>;
  #password: Secret;
  #lastTurn = 0;

  constructor(target: RedfishBmcTarget, deps: BmcDeps, memory: Memory) {
    this.target = target;
    this.clock = deps.clock ?? systemClock;
    this.#deps = deps;
    this.#memory = memory;
    this.#password = target.password;
    this.#seat = new Seat({
      clock: this.clock,
      enter: (signal) => this.#enter(signal),
      leave: (open) => this.#leave(open),
      wanted: ({ pass }) => pass.wanted(),
      spoilt: endsSession,
    });
  }

  get known(): BmcFacts {
    return this.#memory.known;
  }

  get bmc(): string {
    return endpoint(this.target.address, this.target.port);
  }

  /** Set by the estate, or seen. */
  has(quirk: string): boolean {
    return [...(this.target.quirks ?? []), ...(this.known.quirks ?? [])].includes(quirk);
  }

  learn(facts: BmcFacts): void {
    this.#memory.learn(facts);
  }

  /** A turn at the BMC; see {@link Seat.use}. */
  use<T>(signal: AbortSignal | undefined, talk: (client: RedfishClient) => Promise<T>): Promise<T> {
    return this.#seat.use(signal, async ({ client, bmc }) => {
      await this.#pause(this.#lastTurn + (this.target.spacing ?? 0) - hostTime(), signal);
      try {
        return await talk(client);
      } finally {
        this.#lastTurn = hostTime();
        this.#deps.ledger?.used(bmc);
        this.learn({ quirks: quirksSeen(client.observed) });
      }
    });
  }

  async rest(): Promise<void> {
    await this.#seat.rest();
    await this.#memory.settled();
  }

  /** A connection of its own with other credentials, to see whether they are taken. */
  async opens(username: string, password: Secret, signal: AbortSignal | undefined): Promise<boolean> {
    const host = await resolveAddress(this.target.address, this.target.machine);
    try {
      await using client = await RedfishClient.open(this.#clientTarget(host, { username, password }), {
        clock: this.clock,
        signal,
      });
      // With basic authentication the first request is what proves the password.
      await client.get(this.known.redfish?.system ?? (await client.root({ signal })).path, { signal });
      return true;
    } catch (error) {
      if (error instanceof RackhandError && error.code === "bmc.auth.password") return false;
      throw error;
    }
  }

  /** Our own account has another password from now on. */
  replacePassword(password: Secret): void {
    this.#password = password;
  }

  async #enter(signal?: AbortSignal): Promise<Open> {
    const { machine, address, port } = this.target;
    const host = await resolveAddress(address, machine);
    const bmc = endpoint(host, port);
    const { gate = hostGate, ledger } = this.#deps;
    const pass = await gate.enter(bmc, { purpose: machine, clock: this.clock, ...(signal ? { signal } : {}) });
    let client: RedfishClient | undefined;
    try {
      await this.#pause(pass.restUntil - hostTime(), signal);
      client = await this.#login(host, bmc, signal);
      pass.whenWanted(() => this.#seat.makeWay());
      if (ledger) await closeOrphans(client, this.target.username, ledger, bmc);
      return { client, pass, bmc };
    } catch (error) {
      await client?.close();
      pass.leave();
      throw error;
    }
  }

  async #login(host: string, bmc: string, signal?: AbortSignal): Promise<RedfishClient> {
    const client = await RedfishClient.open(this.#clientTarget(host, {}), {
      clock: this.clock,
      signal,
      accept: (root) => {
        checkRoot(this.target, bmc, this.known, root);
        this.learn({ redfish: { ...optional("uuid", uuidOf(text(root, "UUID"))), port: this.target.port } });
      },
      onPin: (pin) => this.learn({ redfish: { pin } }),
      onSession: (path) => this.#deps.ledger?.opened(bmc, path),
      onSessionEnd: (path) => this.#deps.ledger?.closed(bmc, path),
    });
    return client;
  }

  #clientTarget(host: string, login: { username?: string; password?: Secret }): RedfishTarget {
    const { port, scheme, machine, username, pin } = this.target;
    const { redfish = {} } = this.known;
    return {
      host,
      port,
      scheme,
      name: `${machine} (${endpoint(host, port)})`,
      username,
      password: this.#password,
      ...login,
      ...clientHabits((quirk) => this.has(quirk), pin ?? redfish.pin),
    };
  }

  async #leave({ client, pass }: Open): Promise<void> {
    try {
      await client.close();
    } finally {
      pass.leave(this.#lastTurn + (this.target.spacing ?? 0));
    }
  }

  async #pause(duration: number, signal?: AbortSignal): Promise<void> {
    if (duration > 0) await this.clock.sleep(milliseconds(duration), signal);
  }
}

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };

/** The connection is of no more use: nobody answered on it, or the BMC does not know the session any more. */
function endsSession(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof RackhandError && ["bmc.session-lost", "redfish.answer-lost"].includes(error.code);
}
