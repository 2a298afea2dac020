import { checkKeys } from "../probes.ts";

type Raw = Record<string, unknown>;

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Mappings are merged key by key; anything else, lists too, is replaced whole. */
function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Raw = { ...base };
  for (const [key, value] of Object.entries(over))
    merged[key] = Object.hasOwn(base, key) ? merge(base[key], value) : value;
  return merged;
}

function hasCheck(probe: unknown): boolean {
  return isRecord(probe) && checkKeys.some((key) => Object.hasOwn(probe, key));
}

/** A probe that says itself what it looks at takes only the patience of the default. */
function mergeProbe(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !hasCheck(over)) return merge(base, over);
  const patience = Object.fromEntries(
    Object.entries(base).filter(([key]) => !checkKeys.some((check) => check === key)),
  );
  return merge(patience, over);
}

function mergeProbes(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over ?? base;
  const merged: Raw = { ...base };
  for (const [name, probe] of Object.entries(over))
    merged[name] = Object.hasOwn(base, name) ? mergeProbe(base[name], probe) : probe;
  return merged;
}

/** Jobs are replaced whole: half of one job and half of another is neither. */
function mergeSection(section: string, base: unknown, over: unknown): unknown {
  if (section === "probes") return mergeProbes(base, over);
  if (section === "jobs") return isRecord(base) && isRecord(over) ? { ...base, ...over } : (over ?? base);
  return over === undefined ? base : merge(base, over);
}

function layered(base: Raw, over: Raw): Raw {
  const merged: Raw = { ...base, ...over };
  for (const section of Object.keys(base)) merged[section] = mergeSection(section, base[section], over[section]);
  return merged;
}

/** Default probes that only hold patience are for machines that declare the probe. */
function withoutIdleProbes(merged: Raw, own: Raw): Raw {
  const { probes } = merged;
  if (!isRecord(probes)) return merged;
  const declared = isRecord(own["probes"]) ? own["probes"] : {};
  return {
    ...merged,
    probes: Object.fromEntries(
      Object.entries(probes).filter(([name, probe]) => hasCheck(probe) || Object.hasOwn(declared, name)),
    ),
  };
}

/**
 * A machine's document with the defaults of its site and role put under it: site ← role ← machine. Sections are `bmc` (only for machines that have one),
 * `console`, `probes`, `wake`, `stop`, `jobs`. Works on documents as written, before validation fills in the schema's own defaults.
 */
export function withDefaults(machine: Raw, site: Raw | undefined): Raw {
  if (site === undefined) return machine;
  const roles = isRecord(site["roles"]) ? site["roles"] : {};
  const role = typeof machine["role"] === "string" ? roles[machine["role"]] : undefined;
  const defaults = [site["defaults"], role].filter(isRecord).reduce<Raw>(layered, {});
  if (!isRecord(machine["bmc"])) delete defaults["bmc"];
  return withoutIdleProbes(layered(defaults, machine), machine);
}
