import type { Secret } from "#base/secret.ts";

/** What a server is made of, as its controller tells it. Absent fields were not given. */
export interface Inventory {
  system: {
    manufacturer?: string;
    model?: string;
    serial?: string;
    sku?: string;
    uuid?: string;
    hostName?: string;
    assetTag?: string;
    bios?: string;
    health?: string;
  };
  manager: { model?: string; firmware?: string; uuid?: string; health?: string };
  /** Chassis that hold it, the innermost first. */
  chassis: readonly { type?: string; manufacturer?: string; model?: string; serial?: string; part?: string }[];
  processors: readonly { name: string; model?: string; cores?: number; threads?: number; mhz?: number }[];
  memory: {
    totalMib?: number;
    modules: readonly { slot: string; mib?: number; kind?: string; mhz?: number; serial?: string; part?: string }[];
  };
  /** The server's own, in no order that means anything for booting. */
  interfaces: readonly { name: string; mac: string; up?: boolean; mbps?: number }[];
  drives: readonly { name: string; model?: string; serial?: string; bytes?: number; media?: string; health?: string }[];
}

export interface InventoryFacet {
  read(signal?: AbortSignal): Promise<Inventory>;
}

export type SensorKind = "temperature" | "fan" | "voltage" | "current" | "power" | "energy" | "humidity" | "other";

export interface SensorReading {
  name: string;
  kind: SensorKind;
  /** Undefined while it has none (the host is off). */
  reading?: number;
  /** `°C`, `RPM`, `%`, `V`, `A`, `W`, or the controller's own word. */
  unit: string;
  health?: string;
  /** From here on the controller calls it critical. */
  critical?: { below?: number; above?: number };
}

export interface SensorsFacet {
  read(signal?: AbortSignal): Promise<readonly SensorReading[]>;
}

export interface LogEvent {
  log: string;
  id: string;
  /** ISO 8601; undefined where the controller had no sensible time. */
  time?: string;
  severity?: string;
  message: string;
  messageId?: string;
}

export interface EventsFacet {
  /** The newest first, at most `most` (default 50). */
  read(options?: { most?: number; signal?: AbortSignal }): Promise<readonly LogEvent[]>;
}

export interface ControllerNetwork {
  hostName?: string;
  interfaces: readonly {
    name: string;
    mac?: string;
    addresses: readonly string[];
    gateway?: string;
    vlan?: number;
    up?: boolean;
  }[];
  services: readonly { name: string; enabled: boolean; port?: number }[];
}

export interface NetworkFacet {
  read(signal?: AbortSignal): Promise<ControllerNetwork>;
  /** Switches a service of the controller (`IPMI`, `SSH`) on or off and reads back. Throws `bmc.service.not-kept`, UsageError `bmc.service.none`. */
  enable(service: string, on: boolean, signal?: AbortSignal): Promise<void>;
}

export interface Account {
  /** As the controller numbers it. */
  id: string;
  name: string;
  role?: string;
  enabled?: boolean;
  locked?: boolean;
  /** What it may use: `Redfish`, `IPMI`, `WebUI`, …; empty where the controller does not say. */
  types: readonly string[];
}

export interface AccountsFacet {
  list(signal?: AbortSignal): Promise<readonly Account[]>;
  /**
   * Sets the password of the account of that name, and proves it by logging in with it once. Throws UsageError `bmc.account.none` and `bmc.password.length`,
   * RackhandError `bmc.password.not-kept` when the log-in fails: the old one may then still hold.
   */
  setPassword(name: string, password: Secret, signal?: AbortSignal): Promise<void>;
  /** True when this password opens the account. One wrong try counts at the controller: do not guess with it. */
  opens(name: string, password: Secret, signal?: AbortSignal): Promise<boolean>;
}

export interface Screenshot {
  type: "image/png" | "image/jpeg" | "image/bmp";
  bytes: Uint8Array;
}

export interface ScreenshotFacet {
  take(signal?: AbortSignal): Promise<Screenshot>;
}

export interface ManagerFacet {
  /** Restarts the controller, not the server. It is gone for 2 to 8 minutes; sessions, consoles and media are lost. */
  reset(signal?: AbortSignal): Promise<void>;
}
