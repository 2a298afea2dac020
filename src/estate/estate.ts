import { UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import type { Credentials } from "./credentials.ts";
import type { Machine } from "./machine.ts";
import type { Site } from "./site.ts";

/** Everything declared in one folder, validated, defaults merged in. */
export interface Estate {
  /** Absolute path of the folder. */
  readonly root: string;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly sites: ReadonlyMap<string, Site>;
  /** Where each document stands, `file:line`, by `Machine/backup01`. */
  readonly places: ReadonlyMap<string, string>;
  /** Things that are no errors but surely not meant, such as a `*.yml` that is not read. */
  readonly warnings: readonly string[];
}

function named<T>(kind: string, all: ReadonlyMap<string, T>, name: string, root: string): T {
  const found = all.get(name);
  if (found !== undefined) return found;
  const advice = didYouMean(name, all.keys()) || "`rackhand machines list` shows what the estate has";
  throw new UsageError(`${kind}.unknown`, `no ${kind} '${name}' in the estate ${root}`, { advice });
}

/** The machine of that name; UsageError `machine.unknown` with the nearest name. */
export function machineNamed(estate: Estate, name: string): Machine {
  return named("machine", estate.machines, name, estate.root);
}

/** The credentials of that name; UsageError `credentials.unknown` with the nearest name. */
export function credentialsNamed(estate: Estate, name: string): Credentials {
  return named("credentials", estate.credentials, name, estate.root);
}

/** What a command line selects: names, or everything that fits all the given filters. */
export interface Selection {
  names?: readonly string[];
  site?: string;
  role?: string;
  tag?: string;
  all?: boolean;
}

/** The selected machines in the estate's order, each once. Nothing selected, or nothing found: UsageError. */
export function selectMachines(estate: Estate, selection: Selection): Machine[] {
  const { names = [], site, role, tag, all } = selection;
  const filtered = site !== undefined || role !== undefined || tag !== undefined || all === true;
  if (site !== undefined) named("site", estate.sites, site, estate.root);
  const fits = (machine: Machine) =>
    (site === undefined || machine.site === site) &&
    (role === undefined || machine.role === role) &&
    (tag === undefined || machine.tags.includes(tag));
  const chosen = new Set(names.map((name) => machineNamed(estate, name)));
  if (filtered) for (const machine of estate.machines.values()) if (fits(machine)) chosen.add(machine);
  if (chosen.size === 0)
    throw new UsageError("machine.none", "no machine is selected", {
      advice: "name machines, or give --all, --site or --role",
    });
  return [...chosen];
}
