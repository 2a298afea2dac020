import { RackhandError, RefusedError, UnreachableError } from "#base/errors.ts";
import { milliseconds } from "#base/units.ts";
import {
  powerActions,
  type AutoBmcTarget,
  type Bmc,
  type BmcInfo,
  type BootFacet,
  type PowerFacet,
  type ProtocolFinding,
} from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { endpoint, resolveAddress } from "../../endpoint.ts";
import { connectIpmi } from "../ipmi/driver.ts";
import { Memory } from "../memory.ts";
import { openPort } from "./open-port.ts";

/** Whether a TCP port answers is known sooner than that IPMI is silent: both together stay below 2 s. */
const portPatience = milliseconds(1500);

/**
 * A controller that may speak IPMI, Redfish or both. What was proven at probe decides: power, light and raw requests over IPMI where it works; boot, pictures and all
 * that only Redfish has over Redfish. Never probed: IPMI, and Redfish where IPMI does not answer.
 */
export class AutoBmc implements Bmc {
  readonly key: string;
  readonly aliases: readonly string[];
  readonly machine: string;
  readonly power: PowerFacet;
  readonly identity = { read: (signal?: AbortSignal) => this.#info(signal) };
  readonly #target: AutoBmcTarget;
  readonly #deps: BmcDeps;
  readonly #memory: Memory;
  readonly #ipmi: Bmc;
  #redfish: Promise<Bmc> | undefined;
  #redfishFound: Bmc | undefined;
  #findings: readonly ProtocolFinding[] | undefined;

  constructor(target: AutoBmcTarget, deps: BmcDeps) {
    this.#target = target;
    this.#deps = deps;
    this.machine = target.machine;
    this.#memory = new Memory(target.machine, target.ipmi.known, deps);
    this.#ipmi = connectIpmi(target.ipmi, deps, this.#memory);
    this.key = this.#ipmi.key;
    const port = this.#knownPort ?? target.redfishPorts[0] ?? target.redfish.port;
    this.aliases = [`redfish:${endpoint(target.redfish.address, port)}`];
    this.power = this.#powerFacet();
  }

  get #known() {
    return this.#memory.known;
  }

  /** Where it was found before, unless the estate says otherwise by now. */
  get #knownPort(): number | undefined {
    const { port } = this.#known.redfish ?? {};
    return port !== undefined && this.#target.redfishPorts.includes(port) ? port : undefined;
  }

  get #speaks(): { ipmi?: boolean; redfish?: boolean } {
    return this.#known.protocols ?? {};
  }

  get boot(): BootFacet | undefined {
    const { ipmi, redfish } = this.#speaks;
    const facets = this.#known.redfish?.facets;
    const overRedfish = redfish === true && facets?.includes("boot") !== false;
    if (ipmi === false && !overRedfish && redfish === true) return undefined;
    const road = async (signal?: AbortSignal) => {
      if (overRedfish) return (await this.#openRedfish(signal)).boot;
      return (await this.#road(signal)).boot;
    };
    return {
      get: async (signal) => must((await road(signal))?.get(signal), this.machine),
      set: async (override, signal) => must((await road(signal))?.set(override, signal), this.machine),
    };
  }

  get identify() {
    return this.#speaks.ipmi === false ? this.#redfishFound?.identify : this.#ipmi.identify;
  }

  get raw() {
    return this.#speaks.ipmi === false ? undefined : this.#ipmi.raw;
  }

  get serial() {
    return this.#speaks.ipmi === false ? undefined : this.#ipmi.serial;
  }

  get inventory() {
    return this.#redfishFound?.inventory;
  }

  get sensors() {
    return this.#redfishFound?.sensors;
  }

  get events() {
    return this.#redfishFound?.events;
  }

  get network() {
    return this.#redfishFound?.network;
  }

  get accounts() {
    return this.#redfishFound?.accounts;
  }

  get screenshot() {
    return this.#redfishFound?.screenshot;
  }

  get manager() {
    return this.#redfishFound?.manager ?? (this.#speaks.ipmi === false ? undefined : this.#ipmi.manager);
  }

  get protocols(): readonly ProtocolFinding[] | undefined {
    return this.#findings ?? this.#remembered;
  }

  /** What was seen to work before; of the rest nothing is known now. */
  get #remembered(): readonly ProtocolFinding[] {
    const { ipmi, redfish } = this.#speaks;
    const port = this.#knownPort ?? this.#target.redfish.port;
    return [
      ...(ipmi ? ([{ protocol: "ipmi", port: this.#target.ipmi.port, state: "works" }] as const) : []),
      ...(redfish ? ([{ protocol: "redfish", port, state: "works" }] as const) : []),
    ];
  }

  /** Asks both protocols, one after the other: a password that IPMI calls wrong is not tried again over Redfish. */
  async contact(signal?: AbortSignal): Promise<void> {
    const { ipmi, redfish } = this.#speaks;
    if (this.#findings || (ipmi && redfish === false)) return;
    if (ipmi !== undefined && redfish) return (await this.#openRedfish(signal)).contact?.(signal);
    const port = this.#knownPort ?? this.#findPort(signal);
    const first = await this.#tryIpmi(signal);
    const wrong = first.error instanceof RackhandError && first.error.code === "bmc.auth.password";
    const second = wrong ? untried(this.#target.redfish.port) : await this.#tryRedfish(await port, signal);
    const works = ({ finding }: Tried) => finding.state === "works";
    if (!works(first) && !works(second)) throw firstOf(second, first);
    this.#memory.learn({ protocols: { ipmi: works(first), redfish: works(second) } });
    this.#findings = [await this.#offByItself(first.finding, signal), second.finding];
  }

  async rest(): Promise<void> {
    await this.#ipmi.rest();
    await this.#redfishFound?.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ipmi[Symbol.asyncDispose]();
    await (await this.#redfish?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #powerFacet(): PowerFacet {
    const actions = () =>
      this.#speaks.ipmi === false ? (this.#known.redfish?.actions ?? powerActions) : this.#ipmi.power.actions;
    return {
      get actions() {
        return actions();
      },
      status: (signal) => this.#firstContact((bmc) => bmc.power.status(signal), signal),
      act: async (action, signal) => {
        // Reading settles which road it is: what acts is sent one way only.
        if (this.#speaks.ipmi === undefined) await this.power.status(signal);
        await (await this.#road(signal)).power.act(action, signal);
      },
    };
  }

  /** IPMI where it is not known to be off. */
  async #road(signal?: AbortSignal): Promise<Bmc> {
    if (this.#speaks.ipmi === undefined) await this.power.status(signal);
    return this.#speaks.ipmi === false ? this.#openRedfish(signal) : this.#ipmi;
  }

  async #firstContact<T>(ask: (bmc: Bmc) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { ipmi, redfish } = this.#speaks;
    if (ipmi === true || (ipmi === undefined && redfish === true)) return ask(this.#ipmi);
    if (ipmi === false) return ask(await this.#openRedfish(signal));
    const port = this.#findPort(signal);
    try {
      const answer = await ask(this.#ipmi);
      this.#memory.learn({ protocols: { ipmi: true } });
      return answer;
    } catch (error) {
      if (!(error instanceof UnreachableError) || (await port) === undefined) throw error;
      const answer = await ask(await this.#openRedfish(signal, await port));
      this.#memory.learn({ protocols: { ipmi: false, redfish: true } });
      return answer;
    }
  }

  async #findPort(signal?: AbortSignal): Promise<number | undefined> {
    const { redfish, redfishPorts } = this.#target;
    const host = await resolveAddress(redfish.address, this.machine).catch(() => undefined);
    return host === undefined ? undefined : openPort(host, redfishPorts, portPatience, signal);
  }

  async #openRedfish(signal?: AbortSignal, found?: number): Promise<Bmc> {
    this.#redfish ??= this.#loadRedfish(found ?? this.#knownPort ?? (await this.#findPort(signal)));
    this.#redfishFound = await this.#redfish;
    return this.#redfishFound;
  }

  async #loadRedfish(port: number | undefined): Promise<Bmc> {
    const { RedfishBmc } = await import("../redfish/driver.ts");
    const { redfish } = this.#target;
    return new RedfishBmc({ ...redfish, port: port ?? redfish.port }, this.#deps, this.#memory);
  }

  async #tryIpmi(signal?: AbortSignal): Promise<Tried> {
    const { port } = this.#target.ipmi;
    try {
      await this.#ipmi.power.status(signal);
      return { finding: { protocol: "ipmi", port, state: "works" } };
    } catch (error) {
      return judge("ipmi", port, error);
    }
  }

  async #tryRedfish(port: number | undefined, signal?: AbortSignal): Promise<Tried> {
    if (port === undefined)
      return { finding: { protocol: "redfish", port: this.#target.redfish.port, state: "silent" } };
    try {
      const bmc = await this.#openRedfish(signal, port);
      await bmc.contact?.(signal);
      return { finding: { protocol: "redfish", port, state: "works" } };
    } catch (error) {
      return judge("redfish", port, error);
    }
  }

  /** Silent is not off; the controller itself may say which. */
  async #offByItself(finding: ProtocolFinding, signal?: AbortSignal): Promise<ProtocolFinding> {
    if (finding.state === "works" || !this.#redfishFound?.network) return finding;
    const { services } = await this.#redfishFound.network.read(signal);
    const said = services.find(({ name }) => name === "IPMI");
    return said?.enabled === false ? { ...finding, state: "off", detail: "switched off in the controller" } : finding;
  }

  async #info(signal?: AbortSignal): Promise<BmcInfo> {
    await this.contact(signal);
    const { ipmi, redfish } = this.#speaks;
    const own = ipmi ? await this.#ipmi.identity?.read(signal) : undefined;
    const more = redfish ? await (await this.#openRedfish(signal)).identity?.read(signal) : undefined;
    const guid = own?.guid ?? more?.guid;
    return { ...own, ...more, ...(guid === undefined ? {} : { guid }) };
  }
}

interface Tried {
  finding: ProtocolFinding;
  error?: unknown;
}

/** What a failure says of the protocol. A stranger is none that one could do without. */
function judge(protocol: ProtocolFinding["protocol"], port: number, error: unknown): Tried {
  if (error instanceof RefusedError || !(error instanceof RackhandError)) throw error;
  const state = error instanceof UnreachableError ? "silent" : "refused";
  return { finding: { protocol, port, state, detail: error.message }, error };
}

const untried = (port: number): Tried => ({
  finding: { protocol: "redfish", port, state: "not-tried", detail: "the password was wrong over IPMI" },
});

/** The error that tells most: one that was refused rather than one that heard nothing. */
function firstOf(second: Tried, first: Tried): unknown {
  const refused = [first, second].find((one) => one?.finding.state === "refused");
  return refused?.error ?? first.error ?? second.error;
}

async function must<T>(answer: Promise<T> | undefined, machine: string): Promise<T> {
  if (answer !== undefined) return answer;
  throw new RackhandError("boot.absent", "its management controller cannot set a boot device", {
    subject: machine,
    advice: "choose it on the console",
  });
}
