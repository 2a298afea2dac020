import { ipmiQuirks } from "./quirks/ipmi.ts";
import { redfishQuirks } from "./quirks/redfish.ts";
import { solQuirks } from "./quirks/sol.ts";

/**
 * How a quirk comes to be acted upon:
 * - `always`: what is right for it is right for all; nothing needs to be set;
 * - `seen`: found out by itself and kept in the record;
 * - `vendor`: taken for granted on the controllers named;
 * - `set`: only where the machine's `bmc.quirks` says so, because nothing shows it in time.
 */
export type Detection = "always" | "seen" | "vendor" | "set";

/** One thing that real controllers were seen doing otherwise. */
export interface Quirk {
  /** As `bmc.quirks` and `rackhand probe` name it. */
  id: string;
  what: string;
  on: string;
  detection: Detection;
  remedy: string;
}

/** All of them. Each can be set per machine, whatever its detection. */
export const quirks: readonly Quirk[] = [...ipmiQuirks, ...solQuirks, ...redfishQuirks];

/** Their names. */
export const quirkIds: readonly string[] = quirks.map(({ id }) => id);
