import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, TimeoutError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { BootOverride, type BootOrder, type BootSource } from "./host/boot-override.ts";
import { unreliable, type Flakiness } from "./host/flakiness.ts";
import { PowerHistory } from "./host/power-history.ts";
import { ReadinessPort } from "./host/readiness-port.ts";
import { serveSerial, type SerialOptions } from "./host/serial-console.ts";
import { SerialPort } from "./host/serial-port.ts";

export type { BootOrder, BootSource } from "./host/boot-override.ts";
export type { Flakiness } from "./host/flakiness.ts";
export type { SerialOptions } from "./host/serial-console.ts";

/**
 * - `no-boot-device`: the firmware found nothing to boot and says so, for ever.
 * - `hung`: an operating system that got stuck half-way, or crashed.
 * - `other-system`: something else than the installed system runs (netbooted, from CD); the readiness port stays shut.
 */
export type ServerState =
  | "off"
  | "post"
  | "boot"
  | "ready"
  | "no-boot-device"
  | "hung"
  | "setup"
  | "other-system"
  | "shutting-down";
export const serverActions = ["on", "off", "cycle", "reset", "soft", "nmi"] as const;
export type ServerAction = (typeof serverActions)[number];

export interface ServerOptions {
  name: string;
  clock?: Clock;
  /** At the start; "on" means: ready long since. */
  power?: "on" | "off";
  /** From the command to the change of power. */
  relay?: Ms;
  /** Without power in the middle of a cycle. */
  offTime?: Ms;
  post?: Ms;
  boot?: Ms;
  shutdown?: Ms;
  flaky?: Flakiness;
  /** What a boot that fails looks like. */
  failsWith?: "no-boot-device" | "hung";
  /** A soft-off is heard only by a running operating system, and only by one that listens. */
  softOff?: "obeyed" | "ignored";
  /** Where something can be booted from; an override to any other place falls through to the disk. */
  bootable?: readonly BootSource[];
  ready?: { address?: string; port?: number; banner?: string };
  serial?: SerialOptions;
}

/** One boot, as the firmware would log it. `ended` is the state that it led to; "interrupted" when power or a reset came first. */
export interface BootRecord {
  n: number;
  at: number;
  why: ServerAction;
  /** The override that was found and honoured. */
  override?: BootOrder;
  from?: BootSource;
  ended?: ServerState | "interrupted";
}

/** A power command that was accepted, and from whom. */
export interface PowerRecord {
  at: number;
  action: ServerAction;
  by: string;
}

export type ServerEvent =
  | { type: "state"; state: ServerState; was: ServerState }
  | { type: "power-command"; record: PowerRecord }
  | { type: "trouble"; message: string };

/**
 * The machine behind a simulated BMC: off → POST → boot → ready, with a readiness port that really opens. It knows nothing of IPMI: the faces
 * (IPMI, Redfish, serial console; pixels later) all look at this one state.
 */
export class SimulatedServer implements AsyncDisposable {
  readonly name: string;
  readonly clock: Clock;
  readonly readiness: ReadinessPort;
  /** Whoever has the other end of the cable (SOL, or a test) types and reads here. */
  readonly serial = new SerialPort();
  readonly override: BootOverride;
  readonly powerHistory: PowerHistory;
  readonly boots: BootRecord[] = [];
  readonly powerLog: PowerRecord[] = [];
  /** Accepted power commands by kind. */
  readonly powerCounts: Record<ServerAction, number> = { on: 0, off: 0, cycle: 0, reset: 0, soft: 0, nmi: 0 };
  /** May be changed while it runs; what is under way ends as it began. */
  readonly behaviour: Required<
    Pick<ServerOptions, "relay" | "offTime" | "post" | "boot" | "shutdown" | "failsWith" | "softOff" | "bootable">
  >;
  #state: ServerState = "off";
  #bootFails: () => boolean;
  #script: { action: ServerAction; abort: AbortController; ended: Promise<void> } | undefined;
  readonly #listeners = new Set<(event: ServerEvent) => void>();

  private constructor(options: ServerOptions, readiness: ReadinessPort) {
    this.name = options.name;
    this.clock = options.clock ?? systemClock;
    this.readiness = readiness;
    this.override = new BootOverride(this.clock);
    this.powerHistory = new PowerHistory(this.clock);
    this.#bootFails = unreliable(options.flaky);
    this.behaviour = {
      relay: options.relay ?? milliseconds(100),
      offTime: options.offTime ?? seconds(1),
      post: options.post ?? seconds(2),
      boot: options.boot ?? seconds(3),
      shutdown: options.shutdown ?? seconds(2),
      failsWith: options.failsWith ?? "no-boot-device",
      softOff: options.softOff ?? "obeyed",
      bootable: options.bootable ?? ["disk"],
    };
    serveSerial(this, options.serial);
  }

  static async start(options: ServerOptions): Promise<SimulatedServer> {
    const { address = "127.0.0.1", port = 0, banner = "SSH-2.0-OpenSSH_9.2p1 simulated" } = options.ready ?? {};
    const server = new SimulatedServer(options, await ReadinessPort.reserve({ address, port, banner }));
    if (options.power === "on") {
      await server.readiness.open();
      server.#enter("ready");
    }
    return server;
  }

  get state(): ServerState {
    return this.#state;
  }

  get power(): "on" | "off" {
    return this.#state === "off" ? "off" : "on";
  }

  /** Replaces the flakiness; its count starts anew. */
  set flaky(flakiness: Flakiness | undefined) {
    this.#bootFails = unreliable(flakiness);
  }

  on(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for a change and returns at once, as a BMC does. False: cannot be done in this state (cycle and reset of a machine that is off). */
  act(action: ServerAction, by: string): boolean {
    if (this.power === "off" && (action === "cycle" || action === "reset" || action === "nmi")) return false;
    const record = { at: this.clock.now(), action, by };
    this.override.commanded();
    this.powerCounts[action]++;
    this.powerLog.push(record);
    this.#tell({ type: "power-command", record });
    if (!this.#pointless(action)) this.#begin(action);
    return true;
  }

  /** Resolves when the server is in the state (or at once); throws `simulator.state` after `within` on its clock. */
  async reached(state: ServerState, within: Ms = seconds(60)): Promise<void> {
    if (this.#state === state) return;
    const limit = new AbortController();
    try {
      await Promise.race([
        new Promise<void>((done) => {
          const stop = this.on((event) => event.type === "state" && event.state === state && done());
          limit.signal.addEventListener("abort", stop, { once: true });
        }),
        this.clock.sleep(within, limit.signal).then(() => {
          throw new TimeoutError("simulator.state", `still ${this.#state}, not ${state}`, { subject: this.name });
        }),
      ]);
    } finally {
      limit.abort(new RackhandError("simulator.state", "no longer waited for"));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#interrupt();
    await this.readiness.close();
    this.#listeners.clear();
  }

  #pointless(action: ServerAction): boolean {
    const running = this.#state === "ready" || this.#state === "other-system";
    if (action === "on")
      return this.power === "on" || this.#script?.action === "on" || this.#script?.action === "cycle";
    if (action === "off") return this.power === "off" && !this.#script;
    if (action === "soft") return !running || this.behaviour.softOff === "ignored";
    return action === "nmi" && !running;
  }

  #begin(action: ServerAction): void {
    const before = this.#interrupt();
    const abort = new AbortController();
    const ended = before
      .then(() => this.#play(action, abort.signal))
      .finally(() => {
        if (this.#script?.abort === abort) this.#script = undefined;
      });
    this.#script = { action, abort, ended };
  }

  async #interrupt(): Promise<void> {
    const script = this.#script;
    script?.abort.abort(new RackhandError("simulator.interrupted", "another power command came"));
    await script?.ended;
  }

  async #play(action: ServerAction, signal: AbortSignal): Promise<void> {
    try {
      if (action === "soft") return await this.#shutDown(signal);
      await this.clock.sleep(this.behaviour.relay, signal);
      if (action === "nmi") return await this.#leaveReady("hung");
      if (action === "off" || action === "cycle") await this.#leaveReady("off");
      if (action === "off") return;
      if (action === "cycle") await this.clock.sleep(this.behaviour.offTime, signal);
      await this.#bootUp(action, signal);
    } catch (error) {
      if (!signal.aborted)
        this.#tell({ type: "trouble", message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #shutDown(signal: AbortSignal): Promise<void> {
    await this.#leaveReady("shutting-down");
    await this.clock.sleep(this.behaviour.shutdown, signal);
    this.#enter("off");
  }

  async #bootUp(why: ServerAction, signal: AbortSignal): Promise<void> {
    const record: BootRecord = { n: this.boots.length + 1, at: this.clock.now(), why };
    this.boots.push(record);
    try {
      await this.#leaveReady("post");
      await this.clock.sleep(this.behaviour.post, signal);
      const override = this.override.take();
      if (override && override.source !== "none") record.override = override;
      record.ended = await this.#load(record, signal);
      this.#enter(record.ended);
    } finally {
      record.ended ??= "interrupted";
    }
  }

  /** Firmware's part after POST; gives the state that it all leads to. */
  async #load(record: BootRecord, signal: AbortSignal): Promise<ServerState> {
    const wanted = record.override?.source ?? "disk";
    if (wanted === "bios") {
      record.from = "bios";
      return "setup";
    }
    const from = wanted !== "none" && this.behaviour.bootable.includes(wanted) ? wanted : "disk";
    if (from === "disk" && (this.#bootFails() || !this.behaviour.bootable.includes("disk")))
      return this.behaviour.failsWith;
    record.from = from;
    this.#enter("boot");
    await this.clock.sleep(this.behaviour.boot, signal);
    if (from !== "disk") return "other-system";
    await this.readiness.open();
    signal.throwIfAborted();
    return "ready";
  }

  async #leaveReady(next: ServerState): Promise<void> {
    this.#enter(next);
    await this.readiness.close();
  }

  #enter(state: ServerState): void {
    const was = this.#state;
    this.#state = state;
    if (state === was) return;
    this.powerHistory.record(this.power);
    this.#tell({ type: "state", state, was });
  }

  #tell(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
