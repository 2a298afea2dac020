import { createHash } from "node:crypto";
import type { Leaf } from "./tree.ts";

/** What a MAC over encrypted values only begins with, so that it never equals one over all values: SHA-256 of `sops`. */
function onlyEncryptedStart(): Buffer {
  return createHash("sha256").update("sops").digest();
}

/** A number's digits without an exponent, as Go's FormatFloat(…, 'f', -1, 64) writes them. */
export function plainDigits(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = "", first = "", rest = "", exponent = "0"] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return (
    sign + (digits.length <= point ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`)
  );
}

/** A value in the bytes that go into the MAC: booleans are True and False, as SOPS' first version, in Python, wrote them. */
export function macBytes(value: Leaf["value"]): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "number" ? plainDigits(value) : String(value);
}

/** SOPS' MAC over values in the order of the file: SHA-512, upper-case hexadecimal. Keys are covered by the values' additional data. */
export function macOf(
  values: Iterable<{ bytes: string | Uint8Array; encrypted: boolean }>,
  onlyEncrypted: boolean,
): string {
  const hash = createHash("sha512");
  if (onlyEncrypted) hash.update(onlyEncryptedStart());
  for (const { bytes, encrypted } of values) if (encrypted || !onlyEncrypted) hash.update(bytes);
  return hash.digest("hex").toUpperCase();
}
