import type { SimulatedServer } from "../server.ts";
import { BootFace, bootOf, names, withAllowable, withoutAllowable } from "./boot.ts";
import { at, isResource, keyOf, link, merge, resource, text, type Json, type Resource } from "./json.ts";
import { PowerFace } from "./power.ts";
import { refused, success, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";

/** Instead of the recorded ones, so that machines that share a tree can be told apart; may be changed while it runs, as after a swap of boards. */
export interface Identity {
  uuid?: string;
  serial?: string;
}

/** One System: power, boot override and identity over the recorded resource and its settings. */
export class SystemFace implements Living {
  readonly path: string;
  readonly server: SimulatedServer;
  readonly power: PowerFace;
  readonly boot: BootFace;
  readonly #service: Service;
  readonly #settings: string | undefined;
  readonly #identity: Identity;
  /** Starts a job that ends with the next boot; gives its place. */
  readonly #job: () => string;
  #lastWrite = Number.NEGATIVE_INFINITY;

  constructor(
    service: Service,
    path: string,
    server: SimulatedServer,
    options: { identity: Identity; job: () => string },
  ) {
    const recorded = service.tree.read(path) ?? {};
    this.#service = service;
    this.path = path;
    this.server = server;
    this.#identity = options.identity;
    this.#job = options.job;
    this.#settings = link(recorded, "@Redfish.Settings", "SettingsObject");
    this.power = new PowerFace(service, path, server);
    this.boot = new BootFace(service, server, bootOf(recorded) ?? {}, bootOf(service.tree.read(this.#settings ?? "")));
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    const seen = this.power.view(key, body);
    if (!seen) return key === keyOf(this.#settingsPath) && this.#settingsInvented ? this.#invented() : seen;
    if (key === keyOf(this.path)) return this.#system(seen);
    return key === keyOf(this.#settingsPath) ? this.#settingsResource(seen) : seen;
  }

  handle(request: Request): Reply | undefined {
    const isSystem = request.key === keyOf(this.path);
    const isSettings = request.key === keyOf(this.#settingsPath);
    if (request.method === "PATCH" && (isSystem || isSettings)) return this.#patch(request, isSettings);
    return this.power.handle(request);
  }

  get #settingsPath(): string {
    return this.#settings ?? `${this.path}/Settings`;
  }

  /** The switches want a settings resource that was not recorded. */
  get #settingsInvented(): boolean {
    const { patchAt, allowableIn } = this.#service.faults.boot;
    return this.boot.known && (patchAt === "settings" || allowableIn === "settings");
  }

  get #bootAt(): { system: boolean; settings: boolean } {
    const { patchAt } = this.#service.faults.boot;
    if (patchAt === "both") return { system: true, settings: true };
    const settings = patchAt === "settings" || (patchAt === "as-recorded" && this.boot.inSettings);
    return { system: !settings, settings };
  }

  #writable(name: string, isSettings: boolean): boolean {
    const place = this.#bootAt;
    const recorded = this.#service.faults.boot.patchAt === "as-recorded" && this.boot.settingsKnow(name);
    return isSettings ? place.settings || recorded : place.system;
  }

  #patch({ key, body }: Request, isSettings: boolean): Reply {
    const { Boot: boot, ...rest } = body;
    const change = isResource(boot) ? boot : undefined;
    if (change) this.#judgeBoot(change, isSettings);
    const { written, faults } = this.#service;
    const override = pick(change ?? {}, Object.values(names));
    const later = Object.keys(override).length > 0 && this.boot.write(override);
    const others: Resource = change ? { ...rest, Boot: omit(change, Object.values(names)) } : rest;
    if (faults.boot.override !== "dropped")
      written.set(key, merge(written.get(key) ?? this.#service.tree.read(key) ?? {}, others));
    this.#lastWrite = this.#service.clock.monotonic();
    if (!later) return success(this.#service.vendor === "openbmc" || this.#service.vendor === "nvidia" ? 204 : 200);
    return { status: 202, headers: { Location: this.#job() }, body: success().body ?? {} };
  }

  #judgeBoot(change: Resource, isSettings: boolean): void {
    const { faults } = this.#service;
    if (faults.boot.inPost === "refused" && this.server.state === "post")
      throw refused(
        400,
        "UnableToModifyDuringSystemPOST",
        "The property cannot be modified while the server is in POST.",
      );
    const since = this.#service.clock.monotonic() - this.#lastWrite;
    if (since < faults.etag.spacing) throw refused(412, "PreconditionFailed", "The ETag supplied did not match.");
    const known = { ...bootOf(this.#service.read(isSettings ? this.#settingsPath : this.path)), ...this.boot.shown };
    const unknown = Object.keys(change).find((name) => !(name in known) || (isOverride(name) && !this.boot.known));
    if (unknown !== undefined)
      throw refused(400, "PropertyUnknown", `The property ${unknown} is not in the list of valid properties.`, unknown);
    const override = Object.keys(change).find((name) => isOverride(name) && !this.#writable(name, isSettings));
    if (override !== undefined)
      throw refused(400, "PropertyNotWritable", `The property ${override} is read-only here.`, override);
  }

  #system(body: Resource): Resource {
    const { uuid, serial } = this.#identity;
    const { allowableIn } = this.#service.faults.boot;
    const recorded = bootOf(body) ?? {};
    const shown: Resource = this.boot.known ? { ...recorded, ...this.boot.shown } : recorded;
    const system: Resource = {
      ...body,
      ...(resource(body, "Boot") ? { Boot: this.#told(shown, allowableIn !== "settings") } : {}),
    };
    if (uuid !== undefined) system["UUID"] = uuid;
    if (serial !== undefined)
      Object.assign(system, { SerialNumber: serial }, "SKU" in body && isTag(body) ? { SKU: serial } : {});
    const settings = {
      "@odata.type": "#Settings.v1_3_0.Settings",
      SettingsObject: { "@odata.id": this.#settingsPath },
    };
    return this.#settingsInvented && !("@Redfish.Settings" in body)
      ? { ...system, "@Redfish.Settings": settings }
      : system;
  }

  #settingsResource(body: Resource): Resource {
    const { allowableIn } = this.#service.faults.boot;
    const recorded = bootOf(body) ?? {};
    const alive = this.boot.known && (this.#bootAt.settings || this.boot.inSettings);
    const shown: Resource = alive ? { ...recorded, ...this.boot.shown } : recorded;
    return { ...body, Boot: alive || allowableIn === "settings" ? this.#told(shown, allowableIn !== "system") : shown };
  }

  #invented(): Resource {
    const fixed = { "@odata.id": this.#settingsPath, "@odata.type": "#ComputerSystem.v1_5_0.ComputerSystem" };
    return this.#settingsResource({ ...fixed, Id: "Settings", Name: "Pending settings", Boot: {} });
  }

  /** Boot with or without the allowable targets, as the switches want it. */
  #told(boot: Resource, here: boolean): Resource {
    const { allowableIn } = this.#service.faults.boot;
    if (allowableIn === "as-recorded" || !this.boot.known) return boot;
    return here && allowableIn !== "nowhere" ? withAllowable(boot, this.boot.targets) : withoutAllowable(boot);
  }
}

function isOverride(name: string): boolean {
  return Object.values<string>(names).includes(name);
}

function pick(from: Resource, wanted: readonly string[]): Resource {
  return Object.fromEntries(Object.entries(from).filter(([name]) => wanted.includes(name)));
}

function omit(from: Resource, unwanted: readonly string[]): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !unwanted.includes(name)));
}

/** Dell tells the service tag in SKU too. */
function isTag(body: Resource): boolean {
  return /dell/i.test(text(body, "Manufacturer") ?? "") || isResource(at(body, "Oem", "Dell"));
}
