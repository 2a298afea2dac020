import { RackhandError } from "#base/errors.ts";
import type { Bmc, BmcInfo, ProtocolFinding, RedfishBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import type { Screenshot, ScreenshotFacet } from "../../facets.ts";
import { vendorOf } from "../../registry.ts";
import { endpoint } from "../../endpoint.ts";
import { Memory } from "../memory.ts";
import { redfishAccounts } from "./accounts.ts";
import { RedfishBoot } from "./boot.ts";
import { redfishEvents } from "./events.ts";
import { redfishInventory } from "./inventory.ts";
import { redfishIdentify } from "./light.ts";
import { RedfishLine } from "./line.ts";
import { redfishManager } from "./manager.ts";
import { redfishNetwork } from "./network.ts";
import { Places } from "./places.ts";
import { RedfishPower } from "./power.ts";
import { redfishSensors } from "./sensors.ts";
import { survey, type Survey } from "./survey.ts";
import type { VendorDriver } from "./vendor.ts";

/** Any controller that speaks Redfish: facets by what it advertises, with its vendor's habits. */
export class RedfishBmc implements Bmc {
  readonly key: string;
  readonly machine: string;
  readonly power: RedfishPower;
  readonly identity = { read: (signal?: AbortSignal) => this.#info(signal) };
  readonly #line: RedfishLine;
  readonly #places: Places;
  readonly #boot: RedfishBoot;
  #vendor: VendorDriver | undefined;
  #survey: Survey | undefined;

  constructor(target: RedfishBmcTarget, deps: BmcDeps, memory = new Memory(target.machine, target.known, deps)) {
    this.key = `redfish:${endpoint(target.address, target.port)}`;
    this.machine = target.machine;
    this.#line = new RedfishLine(target, deps, memory);
    this.#places = new Places(this.#line);
    this.#vendor = vendorOf(memory.known.redfish?.driver);
    const bench = { line: this.#line, places: this.#places };
    const has = (quirk: string) => this.#line.has(quirk);
    const habits = () => this.#vendor?.boot?.(bench, has) ?? {};
    this.power = new RedfishPower(
      this.#line,
      this.#places,
      (system, action) => this.#vendor?.presses?.(system, action) ?? [],
    );
    this.#boot = new RedfishBoot(this.#line, this.#places, habits, (signal) => this.contact(signal));
  }

  get boot(): RedfishBoot | undefined {
    return this.#lacks("boot") ? undefined : this.#boot;
  }

  get identify() {
    return this.#has("identify") ? redfishIdentify(this.#line, this.#places) : undefined;
  }

  get inventory() {
    return this.#has("inventory") ? redfishInventory(this.#line, this.#places) : undefined;
  }

  get sensors() {
    return this.#has("sensors") ? redfishSensors(this.#line, this.#places) : undefined;
  }

  get events() {
    return this.#has("events") ? redfishEvents(this.#line, this.#places) : undefined;
  }

  get network() {
    return this.#has("network") ? redfishNetwork(this.#line, this.#places) : undefined;
  }

  get accounts() {
    return this.#has("accounts") ? redfishAccounts(this.#line) : undefined;
  }

  get manager() {
    return this.#has("manager") ? redfishManager(this.#line, this.#places) : undefined;
  }

  get screenshot(): ScreenshotFacet | undefined {
    return this.#has("screenshot") ? { take: (signal) => this.#picture(signal) } : undefined;
  }

  get protocols(): readonly ProtocolFinding[] | undefined {
    return this.#known() && [{ protocol: "redfish", port: this.#line.target.port, state: "works" }];
  }

  /** Looks through the controller once, unless that was done before: who made it, what it offers. */
  async contact(signal?: AbortSignal): Promise<void> {
    if (this.#known() === undefined) this.#survey = await this.#look(signal);
  }

  rest(): Promise<void> {
    return this.#line.rest();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#line.rest();
  }

  async #picture(signal?: AbortSignal): Promise<Screenshot> {
    this.#survey ??= await this.#look(signal);
    const take = this.#survey.screenshot;
    if (take) return this.#line.use(signal, (client) => take(client, signal));
    throw new RackhandError("bmc.screenshot", "its controller gives no picture of the screen any more", {
      subject: this.machine,
      advice: `look what it can do by now: rackhand probe ${this.machine}`,
    });
  }

  async #look(signal?: AbortSignal): Promise<Survey> {
    const seen = await this.#line.use(signal, (client) =>
      survey({ line: this.#line, places: this.#places }, client, this.power, this.#boot, signal),
    );
    this.#vendor = seen.vendor;
    return seen;
  }

  async #info(signal?: AbortSignal): Promise<BmcInfo> {
    // Asked anew: firmware and serial numbers change while a process lives.
    this.#survey = await this.#look(signal);
    return this.#survey.info;
  }

  #known(): readonly string[] | undefined {
    return this.#survey?.facets ?? this.#line.known.redfish?.facets;
  }

  /** What only some have stands here when it was seen. */
  #has(facet: string): boolean {
    return this.#known()?.includes(facet) ?? false;
  }

  /** What nearly all have stands here until it was seen not to. */
  #lacks(facet: string): boolean {
    return this.#known()?.includes(facet) === false;
  }
}
