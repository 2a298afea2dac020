import { redact } from "#base/secret.ts";
import type { ErrorRecord } from "#base/errors.ts";
import type { Json } from "#engine/flow.ts";

/** Text as it may be stored: no secret, and nothing that PostgreSQL cannot hold. */
export function clean(text: string): string {
  return redact(text).replaceAll("\0", "\uFFFD").toWellFormed();
}

/** A value as it will be read back after a crash: JSON without secrets. Keys are the workflow's own words and stay. */
export function cleanJson(value: Json | void): Json | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "string" ? clean(inner) : inner));
  return JSON.parse(text) as Json;
}

export function cleanError(record: ErrorRecord): ErrorRecord {
  return JSON.parse(
    JSON.stringify(record, (_key, inner: unknown) => (typeof inner === "string" ? clean(inner) : inner)),
  ) as ErrorRecord;
}
