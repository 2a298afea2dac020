import type { Secret } from "#base/secret.ts";
import type { Ms } from "#base/units.ts";
import type {
  AccountsFacet,
  EventsFacet,
  InventoryFacet,
  ManagerFacet,
  NetworkFacet,
  ScreenshotFacet,
  SensorsFacet,
} from "./facets.ts";
import type { SerialFacet } from "./serial.ts";

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
  /** Whose controller it is, which need not be who built the server: `AMI MegaRAC`. */
  vendor?: string;
  /** Of the server, not of the controller. */
  serial?: string;
  /** Of the server (SMBIOS). */
  uuid?: string;
  bios?: string;
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
  /** The slowest answer over IPMI, in milliseconds, roughly: what is lost is sent again after some times that. */
  answersWithin?: number;
  quirks?: readonly string[];
  redfish?: RedfishFacts;
  /** What was seen to answer, and what was not; asked for anew by `probe` only. */
  protocols?: { ipmi?: boolean; redfish?: boolean };
}

/** What Redfish taught. */
export interface RedfishFacts {
  /** Of the service root; who has none is known by the system's. */
  uuid?: string;
  systemUuid?: string;
  serial?: string;
  /** SHA-256 of the certificate that was accepted at the first contact. */
  pin?: string;
  port?: number;
  /** Where sessions are made, and the managed system: what saves the way there. */
  sessions?: string;
  system?: string;
  authentication?: "session" | "basic";
  /** Folder of the driver. */
  driver?: string;
  facets?: readonly string[];
  actions?: readonly PowerAction[];
}

/** One way to talk to a controller, as it was found. */
export interface ProtocolFinding {
  protocol: "ipmi" | "redfish";
  port: number;
  /** `off`: the controller itself says that it is switched off. */
  state: "works" | "off" | "silent" | "refused" | "not-tried";
  /** Why it does not work. */
  detail?: string;
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
  readonly boot?: BootFacet | undefined;
  readonly identity?: IdentityFacet | undefined;
  readonly identify?: IdentifyFacet | undefined;
  readonly inventory?: InventoryFacet | undefined;
  readonly sensors?: SensorsFacet | undefined;
  readonly events?: EventsFacet | undefined;
  readonly network?: NetworkFacet | undefined;
  readonly accounts?: AccountsFacet | undefined;
  readonly screenshot?: ScreenshotFacet | undefined;
  readonly serial?: SerialFacet | undefined;
  readonly manager?: ManagerFacet | undefined;
  /**
   * Finds out what this controller can do: afterwards a facet that it lacks is absent. Before, power, boot and identity stand there on trust, and what
   * only some controllers have does not. Absent where nothing has to be asked.
   */
  readonly contact?: ((signal?: AbortSignal) => Promise<void>) | undefined;
  /** What it was found to speak, after `contact`. */
  readonly protocols?: readonly ProtocolFinding[] | undefined;
  /** Further names of the same controller, to be claimed with `key`. */
  readonly aliases?: readonly string[];
  /** Sends one raw request: network function, command, data; returns completion code and data. */
  readonly raw?:
    | ((netFn: number, command: number, data: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>)
    | undefined;
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

/** A controller that speaks Redfish. */
export interface RedfishBmcTarget {
  kind: "redfish";
  machine: string;
  address: string;
  port: number;
  /** Default `https`. */
  scheme?: "https" | "http";
  username: string;
  password: Secret;
  /** Which of several systems behind one controller: its id or its path. */
  system?: string;
  /** SHA-256 of its certificate, where the estate says it. */
  pin?: string;
  /** Least time between two turns. */
  spacing?: Ms;
  quirks?: readonly string[];
  /** What the estate says that must be found there. */
  identity?: { guid?: string | undefined; serial?: string; uuid?: string };
  known?: BmcFacts;
}

/** A controller of which nobody said what it speaks: `known.protocols` tells what was proven; without that both are tried. */
export interface AutoBmcTarget {
  kind: "auto";
  machine: string;
  ipmi: IpmiBmcTarget;
  redfish: RedfishBmcTarget;
  /** TCP ports where Redfish may be, in this order. */
  redfishPorts: readonly number[];
}

export type BmcTarget = IpmiBmcTarget | RedfishBmcTarget | AutoBmcTarget | BareBmcTarget;
