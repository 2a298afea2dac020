import type { Clock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import type { Account, LockoutOptions } from "./bmc.ts";
import { Accounts } from "./ipmi/accounts.ts";
import { redfishFaults, type RedfishFaults, type SomeFaults } from "./redfish-faults.ts";
import { selfSigned, type Certificate, type KeyKind } from "./redfish/certificate.ts";
import { Core } from "./redfish/core.ts";
import { noRedfishCounts, type RedfishCounts } from "./redfish/counts.ts";
import { Desk } from "./redfish/desk.ts";
import { Front } from "./redfish/front.ts";
import { at } from "./redfish/json.ts";
import type { IpmiSwitch } from "./redfish/manager.ts";
import { plainScreen, type ScreenSource } from "./redfish/screen.ts";
import { syntheticTree } from "./redfish/synthetic.ts";
import type { Identity } from "./redfish/systems.ts";
import { loadTree, type Tree } from "./redfish/tree.ts";
import { vendorHabits, vendorOf, type Vendor } from "./redfish/vendors.ts";
import { SimulatedServer } from "./server.ts";

export type { RedfishCounts } from "./redfish/counts.ts";
export type { Identity } from "./redfish/systems.ts";
export type { ScreenSource } from "./redfish/screen.ts";
export type { Vendor } from "./redfish/vendors.ts";

type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export interface RedfishOptions {
  /** A folder in the layout of a DMTF mockup (`DIR/redfish/v1/…/index.json`). Without it a small tree is made up for the vendor. */
  tree?: string;
  /** Whose habits it has. Default: read off the tree; `none` is a service without habits. */
  vendor?: Vendor;
  /** Switches on top of the vendor's habits; all can be changed later at `faults`. */
  faults?: SomeFaults;
  /** Default: 127.0.0.1, or that of the machine. */
  address?: string;
  /** Default: any free one. */
  port?: number;
  scheme?: "https" | "http";
  /** Default: the accounts of the machine's BMC, shared with IPMI: a password that is changed here is changed there. */
  accounts?: readonly Account[];
  lockout?: LockoutOptions;
  /** Default 8. */
  sessionLimit?: number;
  /** Default: what the tree says, but at least 30 s. */
  sessionTimeout?: Ms;
  /** What kind of key it makes at the start (default `ec`), and how old its TLS is. */
  tls?: { key?: KeyKind; maxVersion?: TlsVersion };
  /** Instead of the tree's own, so that machines that share a tree can be told apart. */
  identity?: Identity;
  screen?: ScreenSource;
}

/** What the service shares with the rest of its controller. */
export interface Controller {
  accounts?: Accounts;
  ipmi?: IpmiSwitch;
  /** Restarts the whole controller; default: only this service. */
  restart?: () => void;
}

/**
 * A Redfish service over HTTPS that serves a tree with behaviour: power and boot override are those of the {@link SimulatedServer} behind it. It does
 * all that a client may ask of a System, its manager, accounts and sessions, in the vendor's dialect and with the vendor's oddities.
 */
export class SimulatedRedfish implements AsyncDisposable {
  /** What it does wrong, to be changed at will. */
  readonly faults: RedfishFaults;
  readonly counts: RedfishCounts = noRedfishCounts();
  readonly vendor: Vendor;
  readonly accounts: Accounts;
  /** UUID and serial number that are shown instead of the recorded ones: to be set anew at will. */
  readonly identity: Identity;
  /** The server behind each System, by its path; the first is the machine's own. */
  readonly servers: ReadonlyMap<string, SimulatedServer>;
  readonly #core: Core;
  readonly #front: Front;
  readonly #clock: Clock;
  readonly #scheme: "https" | "http";
  readonly #keyKind: KeyKind;
  readonly #stopped = new AbortController();
  readonly #own: readonly SimulatedServer[];
  #certificate: Certificate | undefined;
  #endpoint: { address: string; port: number };
  #rebooting = 0;

  private constructor(
    server: SimulatedServer,
    tree: Tree,
    options: RedfishOptions & { controller: Controller; own: readonly SimulatedServer[] },
  ) {
    const { controller, own } = options;
    this.#clock = server.clock;
    this.#own = own;
    this.#scheme = options.scheme ?? "https";
    this.#keyKind = options.tls?.key ?? "ec";
    this.#endpoint = { address: options.address ?? "127.0.0.1", port: options.port ?? 0 };
    this.vendor = options.vendor ?? vendorOf(tree);
    this.faults = redfishFaults(vendorHabits(this.vendor, tree), options.faults ?? {});
    this.identity = { ...options.identity };
    const accounts = options.accounts ?? [{ name: "admin", password: "correct horse" }];
    this.accounts = controller.accounts ?? new Accounts(accounts, this.#clock, options.lockout);
    this.servers = new Map(
      tree.systems.map((path, index) => [path, index === 0 ? server : (own[index - 1] ?? server)]),
    );
    this.#core = this.#newCore(tree, options);
    if (this.#scheme === "https") this.#certificate = selfSigned(server.name, this.#keyKind, this.#clock.now());
    const desk = new Desk(this.#core, this.#clock, this.faults, this.counts, this.#stopped.signal);
    this.#front = new Front({
      scheme: this.#scheme,
      certificate: this.#certificate,
      maxVersion: options.tls?.maxVersion,
      answer: (request) => desk.answer(request),
      connected: () => this.counts.connections++,
    });
  }

  static async start(
    server: SimulatedServer,
    options: RedfishOptions = {},
    controller: Controller = {},
  ): Promise<SimulatedRedfish> {
    const tree =
      options.tree === undefined ? syntheticTree(options.vendor ?? "none", server.name) : await loadTree(options.tree);
    if (tree.systems.length === 0)
      throw new RackhandError("simulator.redfish-tree", "holds no System that can be switched or told what to boot", {
        subject: options.tree ?? "the tree",
      });
    const own = await Promise.all(tree.systems.slice(1).map((path) => sibling(server, path)));
    const redfish = new SimulatedRedfish(server, tree, { ...options, controller, own });
    try {
      await redfish.plug();
    } catch (error) {
      await redfish[Symbol.asyncDispose]();
      throw error;
    }
    return redfish;
  }

  get address(): string {
    return this.#endpoint.address;
  }

  get port(): number {
    return this.#endpoint.port;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `${this.#scheme}://${this.address}:${this.port}`;
  }

  /** SHA-256 of the certificate, as upper-case hex digits with colons; undefined over plain HTTP. */
  get fingerprint(): string | undefined {
    return this.#certificate?.fingerprint;
  }

  /** Sessions that are open now; a client that deletes what it made leaves none. */
  get openSessions(): readonly { id: string; user: string }[] {
    return this.#core.sessions.open;
  }

  /** Logins of Supermicro's web interface that were not ended. */
  get openWebSessions(): number {
    return this.#core.web.open;
  }

  /** A resource as it is now, without oddities; undefined when there is none. */
  read(path: string): unknown {
    return this.#core.read(path);
  }

  /** Ends all sessions, as an administrator may do. */
  dropSessions(): void {
    this.#core.sessions.clear();
  }

  /** Takes a new key and certificate, as after a reset to factory defaults. Connections that stand keep the old one. */
  renewCertificate(): void {
    if (this.#scheme === "http") return;
    this.#certificate = selfSigned("renewed", this.#keyKind, this.#clock.now());
    this.#front.certificate = this.#certificate;
  }

  /** Restarts the service, not the server: sessions are gone, connections are cut, and for a while (default 5 s on its clock) none comes through. */
  async reboot(away: Ms = seconds(5)): Promise<void> {
    this.#rebooting++;
    this.#front.away = true;
    this.#front.cut();
    this.#core.restarted();
    try {
      await this.#clock.sleep(away, this.#stopped.signal);
    } catch {
      return; // stopped while it was away
    } finally {
      this.#rebooting--;
      this.#front.away = this.#rebooting > 0;
    }
  }

  /** Closes the port: connections are refused. */
  async unplug(): Promise<void> {
    await this.#front.close();
  }

  /** Listens again, where it did before or somewhere else. */
  async plug(at: { address: string; port: number } = this.#endpoint): Promise<void> {
    this.#endpoint = { address: at.address, port: await this.#front.listen(at.address, at.port) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new RackhandError("simulator.stopped", "the simulator was stopped"));
    await this.#front.close();
    await Promise.all(this.#own.map((server) => server[Symbol.asyncDispose]()));
  }

  #newCore(tree: Tree, options: RedfishOptions & { controller: Controller }): Core {
    const { controller } = options;
    return new Core({
      tree,
      vendor: this.vendor,
      clock: this.#clock,
      faults: this.faults,
      counts: this.counts,
      accounts: this.accounts,
      servers: this.servers,
      sessions: { slots: options.sessionLimit ?? 8, timeout: options.sessionTimeout ?? recordedTimeout(tree) },
      identity: this.identity,
      screen: options.screen ?? plainScreen,
      ipmi: controller.ipmi,
      restart: controller.restart ?? (() => void this.reboot()),
    });
  }
}

function recordedTimeout(tree: Tree): Ms {
  const told = at(tree.read(tree.sessionService), "SessionTimeout");
  return milliseconds(Math.max(30, typeof told === "number" ? told : 300) * 1000);
}

/** Some controllers have several servers: each has a life of its own, with the habits of the first. */
function sibling(server: SimulatedServer, path: string): Promise<SimulatedServer> {
  const id = path.slice(path.lastIndexOf("/") + 1);
  const { clock, behaviour, readiness } = server;
  return SimulatedServer.start({
    ...behaviour,
    name: `${server.name}/${id}`,
    clock,
    power: server.power,
    ready: { address: readiness.address },
  });
}

/** Starts a Redfish service in front of a server; port 0 takes any free one. What it does wrong is set at `faults`, at any time. */
export function startRedfish(options: RedfishOptions & { server: SimulatedServer }): Promise<SimulatedRedfish> {
  return SimulatedRedfish.start(options.server, options);
}
