import type { RedfishClient } from "#protocols/redfish/client.ts";
import type { Resource } from "#protocols/redfish/resource.ts";
import type { Screenshot } from "../../facets.ts";
import type { BootHabits } from "./boot.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";
import type { MorePresses } from "./power.ts";

/** By what a vendor is recognised. */
export interface Found {
  /** Keys of `Oem` in the service root. */
  rootOem: readonly string[];
  vendor: string | undefined;
  product: string | undefined;
  /** Of the server. */
  maker: string | undefined;
  model: string | undefined;
  managerMaker: string | undefined;
  managerModel: string | undefined;
  managerOem: readonly string[];
  managerName: string | undefined;
  firmware: string | undefined;
  /** The actions of system and manager, as JSON. */
  offers: string;
}

/** What a vendor's code is given to work with. */
export interface Bench {
  line: RedfishLine;
  places: Places;
}

/**
 * What is particular to one vendor's controllers. Everything is optional: who is not recognised, and what is left out here, goes the generic path, which works by
 * what the controller advertises. A quirk that is set for the machine comes before all of this.
 */
export interface VendorDriver {
  /** Its folder. */
  id: string;
  /** `Dell iDRAC`: for people. */
  label: string;
  /** Recognised by any of the names that a controller goes by, asked in the handbook's order. */
  names: RegExp;
  /** Recognised by more than a name; asked before the names of all. */
  recognises?(found: Found): boolean;
  /** Quirks that all of this firmware is taken to have. */
  quirks?(found: Found): readonly string[];
  boot?(bench: Bench, has: (quirk: string) => boolean): BootHabits;
  presses?: MorePresses;
  /** Whether a picture of the screen can be had, looked up once; undefined: it cannot. */
  screenshot?(
    bench: Bench,
    client: RedfishClient,
    manager: Resource | undefined,
    found: Found,
    signal?: AbortSignal,
  ): Promise<((client: RedfishClient, signal?: AbortSignal) => Promise<Screenshot>) | undefined>;
}
