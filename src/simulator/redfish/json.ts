/** What JSON can hold. */
export type Json = string | number | boolean | null | Json[] | Resource;
/** One Redfish resource, or any other JSON object. */
export interface Resource {
  [property: string]: Json;
}

export function isResource(value: unknown): value is Resource {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value below a chain of properties; undefined when any of them is absent. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isResource(inner) ? inner[name] : undefined), value);
}

export function text(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function resource(value: Json | undefined, ...path: readonly string[]): Resource | undefined {
  const found = at(value, ...path);
  return isResource(found) ? found : undefined;
}

export function list(value: Json | undefined, ...path: readonly string[]): Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function texts(value: Json | undefined, ...path: readonly string[]): string[] {
  return list(value, ...path).filter((one) => typeof one === "string");
}

/** Where `{ "Systems": { "@odata.id": … } }` leads to. */
export function link(value: Json | undefined, ...path: readonly string[]): string | undefined {
  return text(value, ...path, "@odata.id");
}

/** Paths of a collection's members. */
export function members(collection: Json | undefined): string[] {
  return list(collection, "Members").flatMap((one) => link(one) ?? []);
}

/** A copy of `base` with `change` laid over it; objects are merged, everything else is replaced. */
export function merge(base: Resource, change: Resource): Resource {
  const merged = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const old = merged[name];
    merged[name] = isResource(old) && isResource(value) ? merge(old, value) : value;
  }
  return merged;
}

/** The same for paths that differ in case, percent signs or slashes at the end only, as BMCs' own links do. */
export function keyOf(path: string): string {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // a lone percent sign: taken as it is
  }
  return decoded.replace(/\/+$/, "").toLowerCase();
}
