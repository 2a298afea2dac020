import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "#base/errors.ts";
import type { Estate } from "./estate.ts";
import { Cache } from "./reading/cache.ts";
import { listFiles } from "./reading/files.ts";
import type { Joined } from "./reading/join.ts";

/** The file that marks an estate's root; it may be empty. */
export const rootFile = "rackhand.yaml";

export interface LoadOptions {
  /** The estate's root folder. */
  root: string;
  /** Where validated documents are kept between calls; without it every call parses. Never fatal when not writable. */
  cacheDir?: string;
  /** Names that `bmc.quirks` may hold; asked for only when something has to be validated anew. Without it any name will do. */
  quirks?: () => Promise<readonly string[]>;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function nearestRoot(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isFile(join(folder, rootFile))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * The estate's root: `flag` (--estate), else RACKHAND_ESTATE, else the nearest folder from `cwd` upwards that holds a `rackhand.yaml`. A folder that is
 * named needs none. UsageError `estate.not-found` when there is no such folder.
 */
export function findEstate(options: { flag?: string; env: NodeJS.ProcessEnv; cwd: string }): string {
  const { flag, env, cwd } = options;
  const named = flag ?? (env["RACKHAND_ESTATE"] || undefined);
  const root = named === undefined ? nearestRoot(cwd) : resolve(cwd, named);
  if (root !== undefined && statSync(root, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(root);
  if (named !== undefined) {
    const origin = flag === undefined ? "RACKHAND_ESTATE" : "--estate";
    throw new UsageError("estate.not-found", `${origin} says ${named}, which is not a folder`);
  }
  const advice = "`rackhand init` makes one here; or say where it is with --estate or RACKHAND_ESTATE";
  throw new UsageError("estate.not-found", `no ${rootFile} in ${cwd} or any folder above it`, { advice });
}

function named<T extends { name: string }>(documents: readonly T[]): Map<string, T> {
  return new Map(documents.map((document) => [document.name, document]));
}

function estateOf(root: string, joined: Joined, warnings: readonly string[]): Estate {
  return {
    root,
    machines: named(joined.machines),
    credentials: named(joined.credentials),
    sites: named(joined.sites),
    places: new Map(Object.entries(joined.places)),
    warnings: [...warnings, ...joined.warnings],
  };
}

/**
 * Reads, validates and joins every document below the root. Warm, it costs a look at each file's size and times and one JSON file, and loads
 * neither the YAML nor the schema library. EstateError `estate.invalid` (exit 2) lists every problem with file, line and column.
 */
export async function loadEstate(options: LoadOptions): Promise<Estate> {
  const root = realpathSync(options.root);
  const listing = listFiles(root);
  const cache = options.cacheDir === undefined ? undefined : new Cache(options.cacheDir, root);
  const warm = cache?.whole(listing.files);
  if (warm) return estateOf(root, warm, listing.warnings);
  const { readEstate } = await import("./reading/read.ts");
  const quirks = await options.quirks?.();
  return estateOf(root, readEstate(root, listing, cache, quirks), listing.warnings);
}
