import { seconds, milliseconds } from "#base/units.ts";
import { TimeoutError } from "#base/errors.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { ResponseError } from "#protocols/redfish/errors.ts";
import type { JsonObject } from "#protocols/redfish/json.ts";
import type { Resource } from "#protocols/redfish/resource.ts";
import { settingsPath } from "#protocols/redfish/settings.ts";
import type { BootDevice, BootFacet, BootOverride, BootReadBack } from "../../bmc.ts";
import { deviceNotKept, stuckForEver } from "../boot-errors.ts";
import { modeNotOffered, notOffered, onlyOnce } from "./boot-errors.ts";
import {
  allowedBy,
  isIdle,
  knowsOverride,
  names,
  targetsFor,
  tell,
  wordsOf,
  type Allowed,
  type Wish,
  type Words,
} from "./boot-words.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";

/** What a vendor's firmware does otherwise with boot overrides. */
export interface BootHabits {
  /** Other names for a device, the best first, or undefined for the usual ones. */
  targets?(device: BootDevice, allowed: readonly string[]): readonly string[] | undefined;
  /** A road of the vendor's own; undefined when this override goes the usual way. */
  otherRoad?(
    client: RedfishClient,
    system: Resource,
    override: BootOverride,
    signal?: AbortSignal,
  ): Promise<BootReadBack | undefined>;
  /** What the other road shows, if it is in force. */
  otherGet?(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<BootReadBack | undefined>;
}

/** Where the override stands, read a moment ago. */
interface Place {
  system: Resource;
  /** The settings resource, where the override is in it. */
  settings: Resource | undefined;
  now: Words;
  allowed: Allowed;
}

/** How a request is put together: only what changes (some firmware refuses an unchanged Enabled), or target, enabled and mode together. */
type Dialect = "changes" | "whole";
const lookAgainAfter = seconds(1);
const mostLooks = 8;

/** The override of one System, written in the dialect that this firmware takes and read back until it holds. */
export class RedfishBoot implements BootFacet {
  readonly #line: RedfishLine;
  readonly #places: Places;
  readonly #habitsNow: () => BootHabits;
  readonly #meet: (signal?: AbortSignal) => Promise<void>;

  /** `meet` finds out whose controller it is, if nobody knows yet: habits depend on it. */
  constructor(
    line: RedfishLine,
    places: Places,
    habits: () => BootHabits,
    meet: (signal?: AbortSignal) => Promise<void>,
  ) {
    this.#line = line;
    this.#places = places;
    this.#habitsNow = habits;
    this.#meet = meet;
  }

  get #habits(): BootHabits {
    return this.#habitsNow();
  }

  async get(signal?: AbortSignal): Promise<BootReadBack<BootDevice | "other">> {
    await this.#meetFirst(signal);
    return this.#line.use(signal, async (client) => {
      const place = await this.#look(client, signal);
      return (await this.#habits.otherGet?.(client, place.system, signal)) ?? tell(place.now);
    });
  }

  async set(override: BootOverride, signal?: AbortSignal): Promise<BootReadBack> {
    await this.#meetFirst(signal);
    return this.#line.use(signal, async (client) => {
      const place = await this.#look(client, signal);
      const other = await this.#habits.otherRoad?.(client, place.system, override, signal);
      if (other) return other;
      return this.#write(client, place, override, signal);
    });
  }

  /** Whether this system's controller speaks of boot overrides at all. */
  async known(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<boolean> {
    return knowsOverride(system) || knowsOverride(await client.find(settingsPath(system), { signal }));
  }

  async #meetFirst(signal?: AbortSignal): Promise<void> {
    if (this.#line.known.redfish?.facets === undefined) await this.#meet(signal);
  }

  async #look(client: RedfishClient, signal?: AbortSignal): Promise<Place> {
    const system = await this.#places.system(client, signal);
    const beside = await client.find(settingsPath(system), { signal });
    const settings = knowsOverride(beside) ? beside : undefined;
    return { system, settings, now: inForce(system, settings), allowed: allowedBy(settings, system) };
  }

  async #write(
    client: RedfishClient,
    before: Place,
    override: BootOverride,
    signal?: AbortSignal,
  ): Promise<BootReadBack> {
    const { machine } = this.#line.target;
    const wish = this.#wishFor(before, override);
    const target = wish.targets[0] ?? "None";
    if (wish.enabled === "Disabled" && isIdle(before.now)) return this.#done(before.now, override, undefined, wish);
    let refusal: ResponseError | undefined;
    let seen: Words | undefined;
    let place = before;
    for (const dialect of this.#dialects()) {
      const written = await this.#tryWrite(client, place, wish, dialect, signal);
      if (written instanceof ResponseError) {
        refusal = written;
        if (!mayTryOtherwise.has(written.code)) throw written;
        continue;
      }
      seen = await this.#settles(client, wish, target, signal);
      // A mode that waits for a restart is not written again and again.
      const whole = written === "scheduled" || wish.mode === undefined || seen.mode === wish.mode;
      if (this.#isDone(seen, wish, target) && whole) return this.#done(seen, override, dialect, wish);
      place = await this.#look(client, signal);
    }
    if (seen !== undefined && this.#isDone(seen, wish, target)) return this.#done(seen, override, undefined, wish);
    if (seen === undefined && refusal) throw refusal;
    throw deviceNotKept(machine, override.device, (seen?.enabled === "Disabled" ? "" : seen?.target) || "none");
  }

  /** What the controller said to one way of putting it. */
  async #tryWrite(
    client: RedfishClient,
    place: Place,
    wish: Wish,
    dialect: Dialect,
    signal?: AbortSignal,
  ): Promise<ResponseError | "taken" | "scheduled"> {
    const at = place.settings ?? place.system;
    try {
      const body: JsonObject = { Boot: bodyOf(place, wish, dialect) };
      const answer = await client.patch(at.path, body, { resource: at, signal });
      const { state } = await client.settle(answer, { within: seconds(60), until: "scheduled", signal });
      return state === "scheduled" ? "scheduled" : "taken";
    } catch (error) {
      if (error instanceof ResponseError) return error;
      if (error instanceof TimeoutError) return "scheduled";
      throw error;
    }
  }

  /** In the order in which this firmware is likely to take them. */
  #dialects(): readonly Dialect[] {
    return this.#line.has("boot-wants-all") ? ["whole", "changes"] : ["changes", "whole"];
  }

  #wishFor(place: Place, override: BootOverride): Wish {
    const { machine } = this.#line.target;
    const { now, allowed } = place;
    const { device, persistence, uefi } = override;
    if (device === "none") return { targets: ["None"], enabled: "Disabled", mode: undefined };
    const enabled = persistence === "always" ? "Continuous" : "Once";
    if (allowed.enabled?.includes(enabled) === false) throw onlyOnce(machine, enabled);
    const hasMode = now.mode !== undefined;
    const targets = this.#targetsFor(place, device, uefi);
    return { targets, enabled, mode: hasMode ? this.#modeFor(place, override, targets) : undefined };
  }

  /** The one target that this firmware has for the device. A second name may be another device: it is not tried. */
  #targetsFor({ now, allowed }: Place, device: BootDevice, uefi: boolean | undefined): readonly string[] {
    const usual = targetsFor(device, uefi, now.mode !== undefined);
    if (allowed.targets === undefined) return usual.slice(0, 1);
    const wanted = this.#habits.targets?.(device, allowed.targets) ?? usual;
    const listed = wanted.filter((one) => allowed.targets?.includes(one));
    if (listed.length === 0) throw notOffered(this.#line.target.machine, device, allowed.targets);
    return listed.slice(0, 1);
  }

  /** As told; else as it is now. */
  #modeFor({ now, allowed }: Place, { device, uefi }: BootOverride, targets: readonly string[]): string | undefined {
    const told = uefi === undefined ? undefined : uefi ? "UEFI" : "Legacy";
    if (told !== undefined && allowed.modes?.includes(told) === false)
      throw modeNotOffered(this.#line.target.machine, told);
    // Firmware that boots over HTTP by the name of PXE does so in UEFI mode only.
    if (device === "http" && targets[0] === "Pxe") return "UEFI";
    // Firmware that has lost the mode at rest (DGX) still wants one.
    const present = now.mode || (allowed.modes?.includes("Legacy") === false ? "UEFI" : undefined);
    return told ?? present;
  }

  /** Reads until it shows what was written twice in a row, or patience ends: some firmware is late, some takes it back after a moment. */
  async #settles(client: RedfishClient, wish: Wish, target: string, signal?: AbortSignal): Promise<Words> {
    for (let looks = 1, inRow = 0; ; looks++) {
      const { now } = await this.#look(client, signal);
      inRow = this.#isDone(now, wish, target) ? inRow + 1 : 0;
      if (inRow >= 2 || (looks >= mostLooks && inRow === 0) || (looks >= 3 && inRow === 0 && !changing(now, wish)))
        return now;
      await this.#line.clock.sleep(milliseconds(inRow > 0 ? lookAgainAfter : lookAgainAfter / 2), signal);
    }
  }

  #isDone(now: Words, { enabled }: Wish, target: string): boolean {
    if (enabled === "Disabled") return isIdle(now);
    if (isIdle(now)) return false;
    return now.target === target || (now.target === "UefiBootNext" && this.#line.has("boot-reads-back-bootnext"));
  }

  #done(seen: Words, override: BootOverride, dialect: Dialect | undefined, wish: Wish): BootReadBack {
    const { machine } = this.#line.target;
    const { override: read, valid } = tell(seen);
    const { device, persistence, uefi } = override;
    if (device === "none") return { override: { ...read, device }, valid: false, notKept: [] };
    if (persistence === "once" && read.persistence === "always") throw stuckForEver(machine, device);
    if (dialect === "whole") this.#line.learn({ quirks: ["boot-wants-all"] });
    const otherMode = wish.mode === undefined ? uefi !== undefined && read.uefi !== uefi : seen.mode !== wish.mode;
    const notKept: ("persistence" | "uefi")[] = [
      ...(persistence === read.persistence ? [] : (["persistence"] as const)),
      ...(otherMode ? (["uefi"] as const) : []),
    ];
    return { override: { ...read, device }, valid, notKept };
  }
}

function bodyOf({ now, allowed }: Place, { targets: [target], enabled, mode }: Wish, dialect: Dialect): JsonObject {
  const changes = dialect === "changes";
  const clears = enabled === "Disabled";
  const sendsTarget = target !== undefined && (!clears || (!changes && allowed.targets?.includes(target) !== false));
  const keepsMode = clears ? now.mode || undefined : mode;
  const sendsMode = keepsMode !== undefined && (changes ? !clears && keepsMode !== now.mode : true);
  return {
    ...(sendsTarget ? { [names.target]: target } : {}),
    ...(changes && enabled === now.enabled && !clears ? {} : { [names.enabled]: enabled }),
    ...(sendsMode && now.mode !== undefined ? { [names.mode]: keepsMode } : {}),
  };
}

/** What of system and settings is in force: an override that waits in the settings has not reached the system yet. */
function inForce(system: Resource, settings: Resource | undefined): Words {
  const none: Words = { target: undefined, enabled: undefined, mode: undefined };
  const own = wordsOf(system) ?? none;
  const waiting = wordsOf(settings);
  if (waiting === undefined) return own;
  const shown = isIdle(waiting) && !isIdle(own) ? own : waiting;
  return {
    target: shown.target ?? own.target,
    enabled: shown.enabled ?? own.enabled,
    mode: shown.mode ?? own.mode,
  };
}

/** Something moved, but not all of it yet. */
const changing = (now: Words, wish: Wish): boolean => now.enabled === wish.enabled || now.target === wish.targets[0];

/** The request was at fault, not the moment or the right: another way to put it may do. */
const mayTryOtherwise: ReadonlySet<string> = new Set([
  "redfish.property-value",
  "redfish.action-value",
  "redfish.error",
  "redfish.conflict",
  "redfish.not-supported",
  "redfish.server-error",
]);
