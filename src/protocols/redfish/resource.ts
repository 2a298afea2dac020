import { isObject, type Json, type JsonObject } from "./json.ts";

/** One resource as it was read. Its members are read with the functions of this file, which take nothing for granted. */
export class Resource {
  /** Where it was read from, on this BMC. */
  readonly path: string;
  readonly json: JsonObject;
  /** The ETag header, as it came. */
  readonly etag: string | undefined;
  /** Methods of the Allow header, upper case; empty when there was none. */
  readonly allow: readonly string[];

  constructor(path: string, json: JsonObject, headers: { etag?: string | undefined; allow?: string | undefined } = {}) {
    this.path = path;
    this.json = json;
    this.etag = headers.etag;
    this.allow = (headers.allow ?? "").toUpperCase().match(/[A-Z]+/g) ?? [];
  }
}

/** What the readers below look into: a resource, a part of one, or nothing. */
export type Source = Resource | Json | undefined;
type Key = string | number;

/** The value at the end of the keys; undefined where there is none, and for null (which Redfish means as "not known"). Inherited properties do not count. */
export function at(source: Source, ...keys: readonly Key[]): Json | undefined {
  let here: Json | undefined = source instanceof Resource ? source.json : source;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as { readonly [key: Key]: Json | undefined })[key];
  }
  return here ?? undefined;
}

const longest = 4096;
// Terminals obey these; C1 too. The BMC's own tabs and line ends become blanks.
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** A text fit to be shown: no control characters, no blanks around it, at most 4096 characters; numbers as text; undefined when nothing is left. */
export function plain(json: Json | undefined): string | undefined {
  if (typeof json === "number") return String(json);
  if (typeof json !== "string") return undefined;
  const clean = json.slice(0, longest).replaceAll(controls, " ").trim();
  return clean === "" ? undefined : clean;
}

/** `text(system, "Boot", "BootSourceOverrideTarget")`, through {@link plain}. */
export function text(source: Source, ...keys: readonly Key[]): string | undefined {
  return plain(at(source, ...keys));
}

/** A finite number; also one that was written as text. */
export function number(source: Source, ...keys: readonly Key[]): number | undefined {
  const json = at(source, ...keys);
  const value = typeof json === "string" && json.trim() !== "" ? Number(json) : json;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A boolean; also `"true"` and `"False"`. */
export function flag(source: Source, ...keys: readonly Key[]): boolean | undefined {
  const json = at(source, ...keys);
  if (typeof json === "boolean") return json;
  const word = typeof json === "string" ? json.trim().toLowerCase() : "";
  return word === "true" ? true : word === "false" ? false : undefined;
}

/** The moment of a date; undefined for what is none (`0000-00-00T00:00:00`, `TIME_NA`). */
export function time(source: Source, ...keys: readonly Key[]): Date | undefined {
  const json = text(source, ...keys);
  if (json === undefined || !/^\d{4}-\d\d-\d\dT/.test(json)) return undefined;
  const date = new Date(json);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function object(source: Source, ...keys: readonly Key[]): JsonObject | undefined {
  const json = at(source, ...keys);
  return isObject(json) ? json : undefined;
}

/** A list; one value alone is a list of one, nothing is an empty list. Nulls in it are left out. */
export function list(source: Source, ...keys: readonly Key[]): readonly Json[] {
  const json = at(source, ...keys);
  if (json === undefined) return [];
  return Array.isArray(json) ? (json as readonly Json[]).filter((one) => one !== null) : [json];
}

export function objects(source: Source, ...keys: readonly Key[]): readonly JsonObject[] {
  return list(source, ...keys).filter(isObject);
}

/** The texts of a list (`texts(boot, "BootSourceOverrideTarget@Redfish.AllowableValues")`). */
export function texts(source: Source, ...keys: readonly Key[]): readonly string[] {
  return list(source, ...keys).flatMap((json) => plain(json) ?? []);
}

/** The path that a reference leads to: `{"@odata.id": …}`, iLO 4's `{"href": …}`, or a bare path. */
export function link(source: Source, ...keys: readonly Key[]): string | undefined {
  const json = at(source, ...keys);
  const to = isObject(json) ? (json["@odata.id"] ?? json["href"]) : json;
  return typeof to === "string" && /^(?:\/|https?:)/i.test(to) ? pathOf(to) : undefined;
}

/** The paths of a list of references, each once. */
export function links(source: Source, ...keys: readonly Key[]): readonly string[] {
  return [...new Set(list(source, ...keys).flatMap((json) => link(json) ?? []))];
}

/** The members of a collection's page as references. `Members` may be absent or null. */
export function members(source: Source): readonly string[] {
  return links(source, "Members");
}

/**
 * A reference as a path on this BMC, without fragment. BMCs write absolute URLs with names of their own (behind a port-forward they are wrong), so only
 * path and query are taken: a request never leaves for another host. Undefined for what is no reference. `base` is what relative ones are relative to.
 */
export function pathOf(reference: string, base = "/redfish/v1/"): string | undefined {
  const there = URL.parse(reference, `http://bmc.invalid${base}`);
  if (there === null || !["http:", "https:"].includes(there.protocol) || reference.trim() === "") return undefined;
  return there.pathname + there.search;
}

/** What the helpers of this part need of a client. */
export interface Reader {
  readonly subject: string;
  get(path: string, options?: { signal?: AbortSignal | undefined }): Promise<Resource>;
  find(path: string | undefined, options?: { signal?: AbortSignal | undefined }): Promise<Resource | undefined>;
}
