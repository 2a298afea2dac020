import { createHash, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { seconds, type Ms } from "#base/units.ts";
import { noCounts, type BmcCounts } from "./counts.ts";
import { noFaults, type BmcFaults } from "./faults.ts";
import { Impairment, type NetworkFaults, type TrafficCounts } from "./net/impairment.ts";
import { Accounts, type Account, type AccountPrivilege, type LockoutOptions } from "./ipmi/accounts.ts";
import { BootOptions } from "./ipmi/boot-options.ts";
import type { BmcSettings, DeviceIdentity } from "./ipmi/context.ts";
import { Controller } from "./ipmi/controller.ts";
import { garbage } from "./ipmi/garbage.ts";
import type { Peer } from "./ipmi/peer.ts";
import { SessionTable, type SessionRow } from "./ipmi/session-table.ts";
import { SolPort } from "./ipmi/sol/console.ts";
import { defaultSolSettings, type SolSettings } from "./ipmi/sol/settings.ts";
import type { SimulatedServer } from "./server.ts";

export type { Account, AccountPrivilege, LockoutOptions } from "./ipmi/accounts.ts";
export type { BmcSettings, DeviceIdentity } from "./ipmi/context.ts";
export type { SolSettings } from "./ipmi/sol/settings.ts";

export interface BmcOptions {
  /** Default: an address of its own in 127.0.0.0/8 (see `startBmc`), and any free port. */
  address?: string;
  port?: number;
  /** False: IPMI over LAN is switched off until somebody plugs it in, or switches it on over Redfish. */
  enabled?: boolean;
  /** Default: one administrator `admin` with the password `correct horse`. */
  accounts?: readonly Account[];
  /** Text of up to 20 bytes; none: the user's password takes its place, as usual. */
  kg?: string;
  /** Cipher suites that are offered and taken. Default 3 and 17. */
  cipherSuites?: readonly number[];
  /** 16 bytes as hex, in the order in which they go over the wire. Default: made from the machine's name. */
  guid?: string;
  device?: Partial<DeviceIdentity>;
  /** The SOL configuration at the start. */
  sol?: Partial<SolSettings>;
  /** A second UDP port: where SOL is when `faults.sol.onlyOnSolPort`. */
  solPort?: boolean;
  /** Default 15. */
  sessionSlots?: number;
  /** Idle sessions go after this. Default 60 s. */
  sessionTimeout?: Ms;
  /** No session gets higher than this. Default administrator. */
  channelPrivilege?: AccountPrivilege;
  lockout?: LockoutOptions;
  /** Of the network's bad luck: the same seed loses the same datagrams. */
  seed?: number;
}

/** A session as tests and people want to see it. */
export interface OpenSession {
  /** The BMC's id: what the console sends. */
  id: number;
  user: string;
  from: Peer;
  cipherSuite: number;
}

/** The same for the same name; laid out as SMBIOS does it, with the marks of a random GUID (RFC 4122 version 4). */
function guidOf(name: string): string {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 16);
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex");
}

function settingsOf(name: string, options: BmcOptions): BmcSettings {
  return {
    guid: options.guid ?? guidOf(name),
    kg: options.kg,
    cipherSuites: options.cipherSuites ?? [3, 17],
    channelPrivilege: options.channelPrivilege ?? "administrator",
    sessionSlots: options.sessionSlots ?? 15,
    sessionTimeout: options.sessionTimeout ?? seconds(60),
    device: { manufacturerId: 0, productId: 0, firmwareMajor: 1, firmwareMinor: 0, ...options.device },
    sol: { ...defaultSolSettings(), ...options.sol },
  };
}

/** An IPMI 2.0 management controller on a UDP socket. It has no state of the server: that is the {@link SimulatedServer} behind it. */
export class SimulatedBmc implements AsyncDisposable {
  /** What it does wrong, to be changed at will. */
  readonly faults: BmcFaults = noFaults();
  readonly counts: BmcCounts = noCounts();
  /** Identity, key, suites, size of the session table and its time-out, the channel's privilege limit: to be set anew at will. */
  readonly settings: BmcSettings;
  readonly accounts: Accounts;
  readonly #controller: Controller;
  readonly #sol: SolPort;
  /** The second socket, where there is one. */
  #solSocket: Socket | undefined;
  readonly #hasSolPort: boolean;
  readonly #sessions: SessionTable;
  readonly #impairment: Impairment;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  readonly #wanted: Peer;
  #socket: Socket | undefined;
  #endpoint: Peer | undefined;
  /** Restarts under way. */
  #rebooting = 0;
  readonly #rebootListeners = new Set<(away: Ms) => void>();

  private constructor(server: SimulatedServer, options: BmcOptions) {
    this.#clock = server.clock;
    this.#wanted = { address: options.address ?? "127.0.0.1", port: options.port ?? 0 };
    this.#impairment = new Impairment(server.clock, options.seed ?? 1);
    this.settings = settingsOf(server.name, options);
    const { settings, faults, counts } = this;
    const accounts = options.accounts ?? [{ name: "admin", password: "correct horse" }];
    this.accounts = new Accounts(accounts, server.clock, options.lockout);
    this.#sessions = new SessionTable(settings, server.clock, counts.sessions, () => faults.session.crowding);
    this.#hasSolPort = options.solPort ?? false;
    this.#sol = new SolPort({
      server,
      faults: faults.sol,
      counts: counts.sol,
      settings: settings.sol,
      sessions: this.#sessions,
      transmit: (row, payload, stray = false) => this.#transmit(row, payload, stray),
    });
    const solPort = () => this.#solSocket?.address().port ?? 0;
    this.#controller = new Controller({
      sol: { console: this.#sol, port: () => this.endpoint.port, solPort },
      server,
      faults,
      counts,
      settings,
      accounts: this.accounts,
      sessions: this.#sessions,
      bootOptions: new BootOptions(server, faults),
      chassis: { restorePolicy: "staysOff", identifyUntil: 0, looks: 0 },
      stray: (row, payload) => this.#transmit(row, payload, true),
      restart: () => void setImmediate(() => void this.reboot()),
    });
  }

  static async start(server: SimulatedServer, options: BmcOptions): Promise<SimulatedBmc> {
    const bmc = new SimulatedBmc(server, options);
    await bmc.plug();
    if (options.enabled === false) await bmc.unplug(); // its port is known now
    return bmc;
  }

  get address(): string {
    return this.endpoint.address;
  }

  get port(): number {
    return this.endpoint.port;
  }

  /** Where it listens, or listened last. */
  get endpoint(): Peer {
    return this.#endpoint ?? this.#wanted;
  }

  get plugged(): boolean {
    return this.#socket !== undefined;
  }

  /** What the network does wrong, to be changed at will. */
  get network(): NetworkFaults {
    return this.#impairment.faults;
  }

  get traffic(): TrafficCounts {
    return this.#impairment.counts;
  }

  /** Sessions that are open now; a client that closes what it opened leaves none. */
  get openSessions(): readonly OpenSession[] {
    return this.#sessions.open.map(({ id, challenge, peer, suite }) => ({
      id,
      user: challenge?.name ?? "",
      from: peer,
      cipherSuite: suite.id,
    }));
  }

  /** Takes the serial console away from whoever has it, for the session with this id (see {@link openSessions}), as another tool would. */
  stealConsole(forSession: number): void {
    const row = this.#sessions.find(forSession);
    if (!row) throw new RackhandError("simulator.no-session", "there is no session with this id");
    this.#sol.steal(row);
  }

  /** Id of the session that has the serial console. */
  get consoleOwner(): number | undefined {
    return this.#sol.owner?.id;
  }

  /** Restarts the controller, not the server: all sessions are gone, and for a while (default 5 s on its clock) nothing answers. */
  async reboot(away: Ms = seconds(5)): Promise<void> {
    this.#sessions.clear();
    this.#sol.reset();
    this.#rebooting++;
    for (const listener of this.#rebootListeners) listener(away);
    try {
      await this.#clock.sleep(away, this.#stopped.signal);
    } catch {
      return; // stopped while it was away
    } finally {
      this.#rebooting--;
    }
  }

  /** Called at each restart with the time that it takes: other faces of the controller are away too. */
  onReboot(listener: (away: Ms) => void): void {
    this.#rebootListeners.add(listener);
  }

  /** Closes the socket: what is sent to it comes back as "port unreachable". */
  async unplug(): Promise<void> {
    const socket = this.#socket;
    const solSocket = this.#solSocket;
    this.#socket = undefined;
    this.#solSocket = undefined;
    this.#sessions.clear();
    this.#sol.reset();
    if (solSocket) await new Promise<void>((done) => solSocket.close(done));
    if (socket) await new Promise<void>((done) => socket.close(done));
  }

  /** Listens again, where it did before or somewhere else. */
  async plug(at: Peer = this.endpoint): Promise<void> {
    if (this.#socket) throw new RackhandError("simulator.plugged", "this BMC is connected already");
    this.#socket = await this.#listen(at);
    this.#endpoint = { address: at.address, port: this.#socket.address().port };
    if (this.#hasSolPort) this.#solSocket = await this.#listen({ address: at.address, port: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new RackhandError("simulator.stopped", "the simulator was stopped"));
    this.#impairment.stop();
    this.#sol.stop();
    if (this.#socket) await this.unplug();
  }

  async #listen(at: Peer): Promise<Socket> {
    const socket = createSocket("udp4");
    socket.on("message", (bytes, from) => this.#receive(socket, bytes, from));
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
        socket.removeListener("error", reject);
        socket.on("error", () => {}); // an answer to somebody who is gone already
        resolve();
      });
    });
    return socket;
  }

  #transmit(row: SessionRow, payload: Uint8Array, stray: boolean): void {
    const socket =
      row.peer.at !== undefined && row.peer.at === this.#solSocket?.address().port ? this.#solSocket : this.#socket;
    const bytes = this.#controller.sealSol(row, payload, stray);
    const { peer } = row;
    if (bytes && socket) this.#impairment.leave("SOL", () => this.#send(socket, bytes, peer));
  }

  #receive(socket: Socket, bytes: Uint8Array, from: Peer): void {
    if (this.#rebooting > 0) return;
    const understood = this.#controller.understand(bytes);
    const { about } = understood;
    for (let times = this.#impairment.arrivals(about); times > 0; times--) {
      const { garbage: kind } = this.faults;
      const answer =
        kind === "none"
          ? understood.answer({ address: from.address, port: from.port, at: socket.address().port })
          : garbage(kind, bytes, randomBytes);
      if (answer) this.#impairment.leave(about, () => this.#send(socket, answer, from));
    }
  }

  #send(socket: Socket, bytes: Uint8Array, to: Peer): void {
    if ((socket === this.#socket || socket === this.#solSocket) && this.#rebooting === 0)
      socket.send(bytes, to.port, to.address);
  }
}
