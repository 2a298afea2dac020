import { milliseconds } from "#base/units.ts";
import type { Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { decodeSol, encodeSol, SolOperation, SolStatus, type SolPacket } from "#protocols/ipmi/sol-packet.ts";
import type { SolCounts } from "../../counts.ts";
import type { SolFaults } from "../../sol-faults.ts";
import type { SimulatedServer } from "../../server.ts";
import type { SessionRow, SessionTable } from "../session-table.ts";
import type { SolSettings } from "./settings.ts";
import { SolOutbound } from "./outbound.ts";

export interface SolMeans {
  server: SimulatedServer;
  faults: SolFaults;
  counts: SolCounts;
  settings: SolSettings;
  sessions: SessionTable;
  /** Sends a payload in a session, out of turn. */
  transmit: (to: SessionRow, payload: Uint8Array, stray?: boolean) => void;
}

/** Whoever has the console: a session, or the ghost of one that is gone. */
type Owner = { row: SessionRow; alive: () => boolean } | undefined;

/** An id that no session has: of the dead one that holds a stale console. */
export const ghostId = 0x0dead001;

const none = new Uint8Array(0);

/** The BMC's end of Serial-over-LAN: one instance, owned by one session. */
export class SolPort {
  readonly #means: SolMeans;
  readonly #clock: Clock;
  readonly #outbound = new SolOutbound();
  #owner: Owner;
  #lastHeard: { sequence: number; accepted: number; flags: number } | undefined;
  #deaf: number | undefined;
  #heard = 0;
  #held = false;
  #dead = false;
  #retry = new AbortController();

  constructor(means: SolMeans) {
    this.#means = means;
    this.#clock = means.server.clock;
    means.server.serial.on({ output: (bytes) => this.#printed(bytes) });
    means.server.on(
      (event) => event.type === "state" && (event.state === "post" || event.state === "off") && this.#restarted(),
    );
  }

  /** The session that has it; a session that is gone has nothing, unless this BMC forgets to clean up. */
  get owner(): SessionRow | undefined {
    const owner = this.#owner;
    if (!owner) return undefined;
    if (owner.alive() || this.#means.faults.outlivesSession) return owner.row;
    this.#end();
    return undefined;
  }

  /** What Get Payload Instance Info tells; 0: nobody. */
  get ownerId(): number {
    return this.#means.faults.stale === "no" ? (this.owner?.id ?? 0) : ghostId;
  }

  /** False: somebody has it. */
  activate(row: SessionRow): boolean {
    const { faults, counts } = this.#means;
    if (faults.stale !== "no" || this.owner !== undefined) return false;
    this.#own(row);
    counts.activated++;
    return true;
  }

  /** False: it was not active. */
  deactivate(by: SessionRow | undefined): boolean {
    const { faults } = this.#means;
    if (faults.stale === "stuck") return false;
    if (faults.stale === "toggled") return true;
    if (faults.stale === "freed") {
      faults.stale = "no";
      return true;
    }
    const { owner } = this;
    if (!owner) return false;
    if (owner !== by) this.#farewell(owner);
    this.#end();
    return true;
  }

  /** SOL is switched off in the configuration. */
  switchedOff(): void {
    if (this.#means.faults.stale === "toggled") this.#means.faults.stale = "no";
    this.deactivate(undefined);
  }

  /** Another session takes it, as a person with another tool would; told or not, as the faults have it. */
  steal(by: SessionRow): void {
    const { owner } = this;
    if (owner && owner !== by) this.#farewell(owner);
    this.#end();
    this.#own(by);
    this.#means.counts.stolen++;
  }

  /** As when the BMC restarts: nobody has it, nothing is kept. */
  reset(): void {
    this.#end();
    this.#outbound.flush();
  }

  /** Throws MalformedError. */
  receive(row: SessionRow, payload: Uint8Array): void {
    if (row !== this.owner) return;
    const packet = decodeSol(payload);
    this.#means.counts.packets++;
    this.#held = (packet.flags & SolOperation.ctsOff) !== 0;
    if (packet.flags & SolOperation.flushOutbound) this.#outbound.flush();
    if (packet.acknowledges !== 0) {
      this.#outbound.acknowledged(packet.acknowledges, packet.accepted);
      if (!this.#outbound.outstanding) this.#retry.abort();
    }
    if (packet.sequence !== 0) this.#take(row, packet);
    this.#pump();
  }

  #own(row: SessionRow): void {
    this.#lastHeard = undefined;
    this.#deaf = undefined;
    this.#held = false;
    this.#dead = false;
    this.#owner = { row, alive: () => this.#means.sessions.find(row.id) === row };
    // The answer to Activate Payload goes first.
    setImmediate(() => this.#pump());
  }

  #end(): void {
    this.#owner = undefined;
    this.#outbound.giveUp();
    this.#retry.abort();
  }

  #farewell(to: SessionRow): void {
    const { theft } = this.#means.faults;
    if (theft === "silent") return;
    this.#send(to, { ...ackOf(0, 0), flags: SolStatus.deactivated }, theft === "stray-message");
  }

  #take(row: SessionRow, packet: SolPacket): void {
    const { counts, server, faults } = this.#means;
    const { sequence } = packet;
    if (this.#lastHeard?.sequence === sequence) {
      counts.repeated++;
      return this.#send(row, { ...ackOf(sequence, this.#lastHeard.accepted), flags: this.#lastHeard.flags });
    }
    if (this.#isDeafTo(sequence)) return;
    const data = packet.data;
    const off = server.power === "off";
    const nack = off && faults.whenOff === "nack";
    const most = nack ? 0 : (faults.takesAtMost?.characters ?? data.length);
    const taken = data.subarray(0, most);
    if (taken.length > 0 && !off) server.serial.type(taken);
    if (packet.flags & SolOperation.break) server.serial.break();
    const short = taken.length < data.length && (nack || faults.takesAtMost?.nack === true);
    const flags = (short ? SolStatus.nack : 0) | (off ? SolStatus.unavailable : 0);
    const accepted = faults.countsNothing ? 0 : taken.length;
    this.#lastHeard = { sequence, accepted, flags };
    this.#send(row, { ...ackOf(sequence, accepted), flags });
  }

  /** The n-th new packet is dropped, and with it every repetition under its number. */
  #isDeafTo(sequence: number): boolean {
    if (sequence !== this.#deaf) this.#heard += 1;
    if (this.#heard !== this.#means.faults.deafTo) return false;
    this.#deaf = sequence;
    return true;
  }

  #printed(bytes: Uint8Array): void {
    this.#outbound.put(bytes, this.#means.settings.bufferSize);
    this.#pump();
  }

  #restarted(): void {
    const { faults } = this.#means;
    if (faults.deadAfterReset && this.owner) this.#dead = true;
    if (faults.jumpsAfterReset) this.#outbound.jump();
  }

  #pump(): void {
    const { owner } = this;
    if (!owner || this.#held || this.#dead) return;
    const sent = this.#outbound.next(this.#size);
    if (sent) this.#sendData(owner, sent);
  }

  get #size(): number {
    return this.#means.settings.outboundSize - 4;
  }

  #sendData(owner: SessionRow, { sequence, data }: { sequence: number; data: Uint8Array }): void {
    const flags = this.#outbound.takeOverrun() ? SolStatus.overrun : 0;
    this.#send(owner, { sequence, acknowledges: 0, accepted: 0, flags, data });
    this.#retry = new AbortController();
    const { retryInterval } = this.#means.settings;
    this.#clock.sleep(milliseconds(retryInterval * 10), this.#retry.signal).then(
      () => this.#late(owner),
      () => {},
    );
  }

  #late(owner: SessionRow): void {
    const sent = this.#outbound.outstanding;
    if (!sent || this.owner !== owner) return;
    const { settings, faults, counts } = this.#means;
    if (sent.sends > settings.retryCount) {
      counts.lost += sent.data.length;
      this.#outbound.giveUp();
      return this.#pump();
    }
    const again = this.#outbound.again(this.#size, faults.retriesGrow);
    counts.retries++;
    if (again) this.#sendData(owner, again);
  }

  #send(to: SessionRow, packet: SolPacket, stray = false): void {
    this.#means.transmit(to, encodeSol(packet), stray);
  }

  /** Ends its waiting. */
  stop(): void {
    this.#retry.abort(new RackhandError("simulator.stopped", "the simulator was stopped"));
    this.#owner = undefined;
  }
}

const ackOf = (acknowledges: number, accepted: number): SolPacket => ({
  sequence: 0,
  acknowledges,
  accepted,
  flags: 0,
  data: none,
});
