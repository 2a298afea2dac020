import type { Estate } from "./estate.ts";

export interface LoadOptions {
  /** The estate's root folder. */
  root: string;
  /** Where validated documents are kept between calls; without it every call parses. Never fatal when not writable. */
  cacheDir?: string;
}

/**
 * The estate's root: `flag`, else RACKHAND_ESTATE, else the nearest folder from `cwd` upwards that holds a `rackhand.yaml`.
 * UsageError `estate.not-found` when there is none.
 */
export function findEstate(options: { flag?: string; env: NodeJS.ProcessEnv; cwd: string }): string {
  throw new Error(options.cwd);
}

/**
 * Reads, validates and joins every document below the root. Warm, it costs a look at each file's size and times and one JSON file, and loads
 * neither the YAML nor the schema library. EstateError `estate.invalid` (exit 2) lists every problem with file, line and column.
 */
export async function loadEstate(options: LoadOptions): Promise<Estate> {
  throw new Error(options.root);
}
