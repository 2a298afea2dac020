import type { Secret } from "#base/secret.ts";
import type { Ms } from "#base/units.ts";

export type PowerState = "on" | "off";
export const powerActions = ["on", "off", "cycle", "reset", "soft", "nmi"] as const;
export type PowerAction = (typeof powerActions)[number];
export const bootDevices = ["none", "pxe", "disk", "cd", "bios", "http"] as const;
export type BootDevice = (typeof bootDevices)[number];

/** What the firmware is told to boot next. `uefi` undefined means: not stated. */
export interface BootOverride {
  device: BootDevice;
  persistence: "once" | "always";
  uefi?: boolean;
}

/** What a read-back found. `kept` names the bits that this BMC did not keep although the device selector is right. */
export interface BootReadBack<Device = BootDevice> {
  override: Omit<BootOverride, "device"> & { device: Device };
  valid: boolean;
  notKept: readonly ("valid" | "persistence" | "uefi")[];
}

/** Power of one server. Commands return before the change; `ensure` in power.ts is what proves it. */
export interface PowerFacet {
  readonly actions: readonly PowerAction[];
  /** No controller tells the state: probes of the machine's own services do. "on" then takes as long as the machine boots, and may stay unseen. */
  readonly indirect?: true;
  status(signal?: AbortSignal): Promise<PowerState>;
  act(action: PowerAction, signal?: AbortSignal): Promise<void>;
}

/** The boot override. `set` writes, reads back and throws `bmc.boot.not-kept` when the device selector differs. */
export interface BootFacet {
  /** `other`: a device that rackhand has no word for (floppy, diagnostics). */
  get(signal?: AbortSignal): Promise<BootReadBack<BootDevice | "other">>;
  set(override: BootOverride, signal?: AbortSignal): Promise<BootReadBack>;
}

/** What the controller says of itself. Absent fields were not given. */
export interface BmcInfo {
  guid?: string;
  manufacturer?: string;
  product?: string;
  firmware?: string;
  ipmiVersion?: string;
}

export interface IdentityFacet {
  read(signal?: AbortSignal): Promise<BmcInfo>;
}

export interface IdentifyFacet {
  /** Blinks the locator light for `duration`; 0 switches it off; "forever" until switched off. */
  light(duration: Ms | "forever", signal?: AbortSignal): Promise<void>;
}

/** What a session taught us and the record should keep: asked first next time. */
export interface BmcFacts {
  guid?: string;
  cipherSuite?: number;
  privilege?: "user" | "operator" | "administrator";
  nameOnlyLookup?: boolean;
  quirks?: readonly string[];
}

/**
 * One management controller. A facet that it lacks is absent. Sessions are opened when first needed, shared by the calls that follow,
 * given up when another process waits for this BMC, and always closed on dispose.
 */
export interface Bmc extends AsyncDisposable {
  /** Names the controller, not the machine: `ipmi:192.0.2.10:623`; for a machine without one `wol:52:54:00:12:34:56`. What claims are made on. */
  readonly key: string;
  /** The machine's name, for messages. */
  readonly machine: string;
  readonly power: PowerFacet;
  readonly boot?: BootFacet;
  readonly identity?: IdentityFacet;
  readonly identify?: IdentifyFacet;
  /** Sends one raw request: network function, command, data; returns completion code and data. */
  readonly raw?: (netFn: number, command: number, data: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
  /** Ends the session now, if there is one; the next call opens another. */
  rest(): Promise<void>;
}

/** Where a BMC is and how to get in. */
export interface IpmiBmcTarget {
  kind: "ipmi";
  machine: string;
  address: string;
  port: number;
  username: string;
  password: Secret;
  kg?: Secret;
  cipherSuites?: readonly number[];
  privilege?: "user" | "operator" | "administrator";
  /** Least time between two commands. */
  spacing?: Ms;
  quirks?: readonly string[];
  /** What earlier sessions learnt; `guid` is compared, the rest is tried first. */
  known?: BmcFacts;
}

/** A machine without a BMC: woken by a magic packet, shut down over SSH, seen by a probe. */
export interface BareBmcTarget {
  kind: "bare";
  machine: string;
  wake: { mac: string; address: string; port: number; secureOn?: Secret };
  /** Runs the shut-down command on the machine; absent when it cannot be switched off. */
  shutDown?: (signal?: AbortSignal) => Promise<void>;
  /** True when anything on the machine answers. */
  answers: (signal?: AbortSignal) => Promise<boolean>;
}

export type BmcTarget = IpmiBmcTarget | BareBmcTarget;
