import type { BootOrder, BootSource, SimulatedServer } from "../server.ts";
import { resource, texts, type Json, type Resource } from "./json.ts";
import { refused } from "./refusal.ts";
import type { Service } from "./service.ts";

/** What the firmware does with the targets of all dialects; those not in it boot from disk. */
const sources: Readonly<Record<string, BootSource | "none">> = {
  None: "none",
  Pxe: "pxe",
  UefiHttp: "http",
  Hdd: "disk",
  UefiHdd: "disk",
  Floppy: "floppy",
  FloppyRemovableMedia: "floppy",
  UsbFloppy: "floppy",
  Usb: "usb",
  UsbKey: "usb",
  UsbHdd: "usb",
  UefiUsbKey: "usb",
  UefiUsbHdd: "usb",
  Diags: "diagnostics",
  Utilities: "diagnostics",
  BiosSetup: "bios",
};
const cdTarget = /^(uefi)?(usb)?cd(\/dvd)?$/i;
/** How an override that came over IPMI is shown: the first of these that the tree knows. */
const shownAs: Readonly<Record<BootSource, readonly string[]>> = {
  disk: ["Hdd", "UefiHdd"],
  pxe: ["Pxe"],
  http: ["UefiHttp", "Pxe"],
  cd: ["Cd", "CD/DVD"],
  floppy: ["Floppy", "FloppyRemovableMedia"],
  usb: ["Usb", "UsbKey"],
  diagnostics: ["Diags", "Utilities"],
  bios: ["BiosSetup"],
  "physical-cd": ["Cd", "CD/DVD"],
};

export const names = {
  target: "BootSourceOverrideTarget",
  enabled: "BootSourceOverrideEnabled",
  mode: "BootSourceOverrideMode",
} as const;
const allowable = (name: string) => `${name}@Redfish.AllowableValues`;

/** The three words of an override, as Redfish shows them. */
export interface Override {
  target: Json;
  enabled: Json;
  /** Undefined where the tree knows no mode. */
  mode: Json | undefined;
}

/** The boot override of one System: reads and writes the one that lies in the server, in the words of the tree. */
export class BootFace {
  readonly #service: Service;
  readonly #server: SimulatedServer;
  /** Boot of the System and of its settings resource, as recorded. */
  readonly #recorded: { system: Resource; settings: Resource | undefined };
  /** As written, true as long as the server's override is still the one that it made. */
  #written: { words: Override; revision: number } | undefined;
  /** What was shown before the last write, and until when it still is. */
  #before: { words: Override; until: number } | undefined;
  #mode: Json | undefined;
  /** A mode that becomes true at the next boot. */
  #nextMode: Json | undefined;

  constructor(service: Service, server: SimulatedServer, system: Resource, settings: Resource | undefined) {
    this.#service = service;
    this.#server = server;
    this.#recorded = { system, settings };
    this.#mode = system[names.mode] ?? settings?.[names.mode];
    server.on((event) => {
      if (event.type !== "state" || event.state !== "post" || this.#nextMode === undefined) return;
      this.#mode = this.#nextMode;
      this.#nextMode = undefined;
    });
  }

  /** False where nothing can be overridden (Cray). */
  get known(): boolean {
    return [this.#recorded.system, this.#recorded.settings ?? {}].some((boot) => names.target in boot);
  }

  /** Whether the settings resource speaks of the override's target, so that it must be written there. */
  get inSettings(): boolean {
    return this.settingsKnow(names.target);
  }

  settingsKnow(name: string): boolean {
    return this.#recorded.settings !== undefined && name in this.#recorded.settings;
  }

  /** What is shown now. */
  get words(): Override {
    const { override } = this.#server;
    const before = this.#before;
    if (before && this.#service.clock.monotonic() < before.until) return before.words;
    if (this.#written?.revision === override.revision) return this.#written.words;
    const order = override.get();
    if (!order || order.source === "none") return this.#idle;
    return {
      target: this.#targetOf(order.source),
      enabled: order.persistent ? "Continuous" : "Once",
      mode: this.#mode === undefined ? undefined : order.uefi ? "UEFI" : "Legacy",
    };
  }

  /** The part of Boot that is alive. */
  get shown(): Resource {
    const { target, enabled, mode } = this.words;
    const renamed = typeof target === "string" ? (this.#service.faults.boot.readsBackAs[target] ?? target) : target;
    const shown = { [names.target]: renamed, [names.enabled]: enabled };
    return mode === undefined ? shown : { ...shown, [names.mode]: mode };
  }

  /** The allowable targets, wherever they are told. */
  get targets(): readonly string[] {
    const told = [this.#recorded.settings ?? {}, this.#recorded.system].map((boot) =>
      texts(boot[allowable(names.target)]),
    );
    return [...new Set(told.flat())];
  }

  /** Writes what a PATCH holds of the override; true: it becomes true only with the next boot. Throws a Refusal for what cannot be. */
  write(change: Resource): boolean {
    const { boot } = this.#service.faults;
    this.#complete(change);
    if (!this.#valid(change)) return false;
    const now = this.words;
    const words = { ...now, ...this.#changed(change, now) };
    const uefiTarget = words.target === "UefiTarget" || words.target === "UefiBootNext";
    if (uefiTarget && words.enabled === "Continuous")
      throw refused(400, "PropertyValueConflict", "UefiTarget cannot be Continuous.", names.enabled, names.target);
    if (boot.override === "dropped") return false;
    const later = words.mode !== now.mode && names.mode in change && boot.modeChange === "job";
    if (later) this.#nextMode = words.mode;
    else this.#mode = words.mode;
    this.#before = { words: now, until: this.#service.clock.monotonic() + boot.shownAfter };
    this.#instruct(later ? { ...words, mode: now.mode } : words, names.target in change);
    return later;
  }

  get #idle(): Override {
    const { system, settings } = this.#recorded;
    const [target, enabled] = [names.target, names.enabled].map((name) => system[name] ?? settings?.[name] ?? null);
    const active = enabled !== "Disabled" && enabled !== null && target !== "None";
    const mode = this.#mode;
    return active
      ? { target: "None", enabled: "Disabled", mode }
      : { target: target ?? "None", enabled: enabled ?? null, mode };
  }

  #targetOf(source: BootSource): string {
    return shownAs[source].find((target) => this.targets.includes(target)) ?? shownAs[source][0] ?? "None";
  }

  #complete(change: Resource): void {
    const { needs } = this.#service.faults.boot;
    const wanted = { anything: [], enabled: [names.enabled], "all-three": [names.target, names.enabled, names.mode] };
    // A mode that is null at rest is none that could be told (DGX).
    const exists = (name: string) => name !== names.mode || typeof this.#mode === "string";
    const missing = wanted[needs].find((name) => !(name in change) && exists(name));
    if (missing !== undefined) throw refused(400, "PropertyMissing", `The property ${missing} is required.`, missing);
  }

  /** False: a value is wrong, and the controller says that all is well. */
  #valid(change: Resource): boolean {
    const { badValue, unchangedEnabledRefused, modeChange } = this.#service.faults.boot;
    const wrong = Object.values(names).find(
      (name) => name in change && !this.#allowed(name).includes(wordOf(change[name])),
    );
    if (wrong !== undefined) {
      if (badValue === "accepted") return false;
      const value = wordOf(change[wrong]);
      throw refused(400, "PropertyValueNotInList", `The value ${value} for ${wrong} is not acceptable.`, value, wrong);
    }
    const now = this.words;
    if (unchangedEnabledRefused && change[names.enabled] === now.enabled)
      throw refused(400, "PropertyValueNotInList", "The property has that value already.", names.enabled);
    if (modeChange === "refused" && names.mode in change && change[names.mode] !== now.mode)
      throw refused(400, "PropertyNotWritable", "The boot mode is set in the BIOS.", names.mode);
    return true;
  }

  #allowed(name: string): readonly string[] {
    if (name === names.target && this.targets.length > 0) return this.targets;
    const { settings, system } = this.#recorded;
    const told = [settings, system].flatMap((boot) => texts(boot?.[allowable(name)]));
    if (told.length > 0) return told;
    if (name === names.mode) return ["Legacy", "UEFI"];
    return name === names.enabled ? ["Disabled", "Once", "Continuous"] : [...Object.keys(sources), "Cd", "UefiTarget"];
  }

  #changed(change: Resource, now: Override): Partial<Override> {
    const { modeFallsBack } = this.#service.faults.boot;
    const target = change[names.target] ?? now.target;
    const enabled = change[names.enabled] ?? now.enabled;
    const fallsBack = modeFallsBack && target !== now.target && this.#mode !== undefined;
    const mode = change[names.mode] ?? (fallsBack ? "Legacy" : now.mode);
    return { target, enabled, mode };
  }

  #instruct(words: Override, hasTarget: boolean): void {
    const { override } = this.#server;
    const { override: fault, reverts } = this.#service.faults.boot;
    const order = this.#orderOf(words);
    override.honoured = fault !== "ignored" && !(fault === "uefi-ignored" && order?.uefi === true);
    const expiry = fault === "reverted" ? { after: reverts, unlessCommanded: false } : undefined;
    const persistent = fault === "not-cleared" || (fault !== "once-only" && order?.persistent === true);
    override.set(order && { ...order, persistent }, expiry);
    // Disarmed, the controller shows what it shows at rest; a target that was told on its own is kept for a later Enabled.
    this.#written = order || hasTarget ? { words, revision: override.revision } : undefined;
  }

  #orderOf({ target, enabled, mode }: Override): BootOrder | undefined {
    if (enabled === "Disabled" || enabled === null || target === "None" || target === null) return undefined;
    const source = this.#sourceOf(wordOf(target));
    return { source, persistent: enabled === "Continuous", uefi: mode !== "Legacy" };
  }

  #sourceOf(target: string): BootSource | "none" {
    if (!cdTarget.test(target)) return sources[target] ?? "disk";
    return this.#service.faults.boot.virtualCd.includes(target) ? "cd" : "physical-cd";
  }
}

/** A value as a word; anything but text is a wrong one. */
function wordOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** Boot of a resource without what says which targets there are. */
export function withoutAllowable(boot: Resource): Resource {
  const { [allowable(names.target)]: _targets, ...rest } = boot;
  return rest;
}

export function withAllowable(boot: Resource, targets: readonly string[]): Resource {
  return { ...boot, [allowable(names.target)]: [...targets] };
}

export function bootOf(body: Resource | undefined): Resource | undefined {
  return resource(body, "Boot");
}
