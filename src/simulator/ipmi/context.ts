import type { BmcCounts } from "../counts.ts";
import type { BmcFaults } from "../faults.ts";
import type { SimulatedServer } from "../server.ts";
import type { AccountPrivilege, Accounts } from "./accounts.ts";
import type { BootOptions } from "./boot-options.ts";
import type { SessionRow, SessionTable } from "./session-table.ts";
import type { SolPort } from "./sol/console.ts";
import type { SolSettings } from "./sol/settings.ts";
import type { Ms } from "#base/units.ts";

/** What Get Device ID tells. */
export interface DeviceIdentity {
  /** IANA enterprise number. */
  manufacturerId: number;
  productId: number;
  firmwareMajor: number;
  /** 0 to 99. */
  firmwareMinor: number;
}

/** What a person could set on a real BMC; may be changed while it runs. */
export interface BmcSettings {
  /** 32 hex digits, in wire order. */
  guid: string;
  /** Text, or 0x and hex digits; undefined: none. */
  kg: string | undefined;
  cipherSuites: readonly number[];
  channelPrivilege: AccountPrivilege;
  sessionSlots: number;
  sessionTimeout: Ms;
  readonly device: DeviceIdentity;
  readonly sol: SolSettings;
}

/** State of the chassis that only IPMI speaks of. */
export interface ChassisState {
  restorePolicy: "staysOff" | "previous" | "turnsOn";
  /** On the server's monotonic clock; Infinity: until switched off. */
  identifyUntil: number;
  /** How often the power was asked for. */
  looks: number;
}

/** The serial console, and the UDP ports it is at: the BMC's own, and the one it moves to where the faults say so. */
export interface SolFace {
  readonly console: SolPort;
  readonly port: () => number;
  readonly solPort: () => number;
}

/** All that the IPMI face of one BMC consists of. */
export interface Face {
  readonly server: SimulatedServer;
  readonly faults: BmcFaults;
  readonly counts: BmcCounts;
  readonly settings: BmcSettings;
  readonly accounts: Accounts;
  readonly sessions: SessionTable;
  readonly bootOptions: BootOptions;
  readonly chassis: ChassisState;
  readonly sol: SolFace;
  /** Sends something that is no message as if it were one. */
  readonly stray: (row: SessionRow, payload: Uint8Array) => void;
  /** Restarts the controller, once the answer to the present command has left. */
  readonly restart: () => void;
}

/** What a command is obeyed with. */
export interface CommandContext {
  readonly face: Face;
  /** Undefined outside of any session. */
  readonly session: SessionRow | undefined;
}
