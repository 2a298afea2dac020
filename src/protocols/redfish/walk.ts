import { RackhandError } from "#base/errors.ts";
import { TooLargeError, unreadable } from "./errors.ts";
import { isObject, type Json } from "./json.ts";
import { link, Resource, type Reader } from "./resource.ts";

export interface WalkOptions {
  signal?: AbortSignal | undefined;
  /** Whether to read what `from` refers to. Default: everything below the start. */
  follow?: ((path: string, from: Resource) => boolean) | undefined;
  /** Resources at most (default 2000); more are `redfish.too-large`. */
  most?: number | undefined;
  /** Links from the start at most; default 8. */
  deepest?: number | undefined;
  /** What could not be read and was left out. */
  onSkip?: ((path: string, error: RackhandError) => void) | undefined;
}

const bare = (path: string) => path.replace(/\/+$/, "");

/** Reads the start (or takes it as it was read) and what it leads to, nearest first, each resource once, however the links run. What is missing or broken is left out. */
export async function* walk(
  reader: Reader,
  start: string | Resource,
  options: WalkOptions = {},
): AsyncGenerator<Resource, void> {
  const origin = bare(start instanceof Resource ? start.path : start);
  const { most = 2000, deepest = 8, follow = (path) => path.startsWith(`${origin}/`) } = options;
  const seen = new Set([origin]);
  let row: readonly (string | Resource)[] = [start];
  for (let depth = 0; row.length > 0 && depth <= deepest; depth++) {
    const next: string[] = [];
    for (const one of row) {
      const resource = one instanceof Resource ? one : await readable(reader, one, options);
      if (resource === undefined) continue;
      yield resource;
      for (const to of references(resource)) {
        if (seen.has(bare(to)) || !follow(to, resource)) continue;
        if (seen.size >= most) throw new TooLargeError(reader.subject, `more than ${most} resources below ${origin}`);
        seen.add(bare(to));
        next.push(to);
      }
    }
    row = next;
  }
}

async function readable(reader: Reader, path: string, options: WalkOptions): Promise<Resource | undefined> {
  try {
    return await reader.find(path, options);
  } catch (error) {
    if (!(error instanceof RackhandError) || !unreadable.has(error.code)) throw error;
    options.onSkip?.(path, error);
    return undefined;
  }
}

/** Every path that the resource refers to, its own left out. */
export function references(resource: Resource): readonly string[] {
  const found = new Set<string>();
  const parts: Json[] = [resource.json];
  // The list grows while it is gone through: depth costs no stack.
  for (const json of parts) {
    if (typeof json !== "object" || json === null) continue;
    const to = isObject(json) ? link(json) : undefined;
    if (to !== undefined) found.add(to);
    for (const part of Object.values(json)) if (typeof part === "object" && part !== null) parts.push(part);
  }
  found.delete(resource.path);
  return [...found];
}
