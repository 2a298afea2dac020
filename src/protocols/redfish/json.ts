import { MalformedError, TooLargeError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What a body may be at most. The largest honest ones, attribute registries, have some 3 MB and 200,000 values, nested less than 20 deep. */
export interface JsonLimits {
  bytes: number;
  depth: number;
  values: number;
}

export const jsonLimits: JsonLimits = { bytes: 8 * 1024 * 1024, depth: 64, values: 500_000 };

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);

/** Counts before anything is built: `[[[[…` and `[[],[],…` would cost a hundred times their own size. Returns what is beyond the limits. */
function excess(bytes: Uint8Array, limits: JsonLimits): string | undefined {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === quote) i = endOfString(bytes, i);
    else if (openers.has(byte)) {
      values += 1;
      if (++depth > limits.depth) return `nested more than ${limits.depth} deep`;
    } else if (closers.has(byte)) depth -= 1;
    else if (byte === comma && ++values > limits.values) return `more than ${limits.values} values`;
  }
  return values > limits.values ? `more than ${limits.values} values` : undefined;
}

/** The index of the closing quote of the string that opens at `start`, or of the last byte. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let i = start + 1; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === backslash) i += 1;
    else if (byte === quote) return i;
  }
  return bytes.length;
}

/** Parses a body from the network. Throws MalformedError (`redfish.garbage`) and TooLargeError (`redfish.too-large`), nothing else; memory is bounded by `limits`. */
export function parseJson(bytes: Uint8Array, subject: string, limits: JsonLimits = jsonLimits): Json {
  if (bytes.length > limits.bytes) throw new TooLargeError(subject, `an answer of more than ${limits.bytes} bytes`);
  const beyond = excess(bytes, limits);
  if (beyond !== undefined) throw new TooLargeError(subject, `an answer ${beyond}`);
  // Fatal would refuse a whole inventory for one Latin-1 byte in an asset tag. TextDecoder drops a byte order mark.
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new MalformedError(subject, "an answer that is not JSON", cause);
  }
}

export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
