import { object, text, texts, type Resource } from "#protocols/redfish/resource.ts";
import type { BootDevice, BootOverride, BootReadBack } from "../../bmc.ts";

export const names = {
  target: "BootSourceOverrideTarget",
  enabled: "BootSourceOverrideEnabled",
  mode: "BootSourceOverrideMode",
} as const;

/** The override as a resource shows it. Undefined: it has no such property; `""`: it is null. */
export interface Words {
  target: string | undefined;
  enabled: string | undefined;
  mode: string | undefined;
}

/** What may be written, as system and settings resource tell it; undefined: nobody says. */
export interface Allowed {
  targets: readonly string[] | undefined;
  enabled: readonly string[] | undefined;
  modes: readonly string[] | undefined;
}

/** What a boot override is in this controller's words. */
export interface Wish {
  /** In the order in which they are tried. */
  targets: readonly string[];
  enabled: "Disabled" | "Once" | "Continuous";
  /** Undefined: nobody said, or this controller has no word for it. */
  mode: string | undefined;
}

/** What firmware calls these devices. Those for UEFI and for legacy alone come from boards that have no mode property (Supermicro X10). */
const targets: Record<BootDevice, { any: readonly string[]; uefi?: readonly string[] }> = {
  none: { any: ["None"] },
  pxe: { any: ["Pxe"] },
  disk: { any: ["Hdd"], uefi: ["UefiHdd"] },
  cd: { any: ["Cd", "CD/DVD", "UsbCd"], uefi: ["UefiCd", "UefiUsbCd"] },
  bios: { any: ["BiosSetup"] },
  http: { any: ["UefiHttp"] },
};

const devices: Readonly<Record<string, BootDevice>> = Object.fromEntries(
  Object.entries(targets).flatMap(([device, { any, uefi = [] }]) =>
    [...any, ...uefi].map((name) => [name, device as BootDevice]),
  ),
);

/** The device of a target; `other` for what rackhand has no word for. */
export const deviceOf = (target: string): BootDevice | "other" => devices[target] ?? "other";

/** The targets that mean `device`, the likeliest first. `uefi` matters where there is no mode property. */
export function targetsFor(device: BootDevice, uefi: boolean | undefined, hasMode: boolean): readonly string[] {
  const { any, uefi: onlyUefi = [] } = targets[device];
  if (hasMode || uefi === undefined) return [...any, ...onlyUefi];
  return uefi ? [...onlyUefi, ...any] : any;
}

export function wordsOf(resource: Resource | undefined): Words | undefined {
  const boot = object(resource, "Boot");
  if (boot === undefined) return undefined;
  const word = (name: string) => (Object.hasOwn(boot, name) ? (text(boot, name) ?? "") : undefined);
  return { target: word(names.target), enabled: word(names.enabled), mode: word(names.mode) };
}

/** True where the resource speaks of an override at all. */
export const knowsOverride = (resource: Resource | undefined): boolean => wordsOf(resource)?.target !== undefined;

export function allowedBy(settings: Resource | undefined, system: Resource): Allowed {
  const told = (name: string) => {
    for (const resource of [settings, system]) {
      const values = texts(resource, "Boot", `${name}@Redfish.AllowableValues`);
      if (values.length > 0) return values;
    }
    return undefined;
  };
  return { targets: told(names.target), enabled: told(names.enabled), modes: told(names.mode) };
}

/** No override: said so, or the idle state of old iDRACs (Once, None), or nulls at rest (DGX). */
export function isIdle({ target, enabled }: Words): boolean {
  return enabled === "Disabled" || enabled === "" || enabled === undefined || target === "None" || !target;
}

export function tell(words: Words): BootReadBack<BootDevice | "other"> {
  const { target, enabled, mode } = words;
  const idle = isIdle(words);
  const uefi = mode === "UEFI" ? { uefi: true } : mode === "Legacy" ? { uefi: false } : modeByTarget(target);
  return {
    override: {
      device: idle ? "none" : deviceOf(target ?? ""),
      persistence: enabled === "Continuous" ? "always" : "once",
      ...uefi,
    },
    valid: !idle,
    notKept: [],
  };
}

function modeByTarget(target: string | undefined): Partial<Pick<BootOverride, "uefi">> {
  return target?.startsWith("Uefi") ? { uefi: true } : {};
}
