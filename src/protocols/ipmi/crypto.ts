import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type KeyObject,
} from "node:crypto";
import { MalformedError } from "./errors.ts";

/** Algorithm numbers as Open Session carries them (IPMI 2.0 tables 13-17, 13-18, 13-19). */
export const Authentication = { none: 0, sha1: 1, sha256: 3 } as const;
export const Integrity = { none: 0, sha1: 1, sha256: 4 } as const;
export const Confidentiality = { none: 0, aes: 1 } as const;

/** A cipher suite (IPMI 2.0 table 22-20). */
export interface CipherSuite {
  readonly id: number;
  /** The hash of RAKP and of the keys made there. */
  readonly authentication: keyof typeof Authentication;
  readonly integrity: keyof typeof Integrity;
  readonly confidentiality: keyof typeof Confidentiality;
}

const suite = (
  id: number,
  authentication: CipherSuite["authentication"],
  integrity: CipherSuite["integrity"],
  confidentiality: CipherSuite["confidentiality"],
): CipherSuite => ({ id, authentication, integrity, confidentiality });

/** The suites spoken here. 0 takes any password and is used only where it is configured; the MD5 and RC4 forms are left out on purpose. */
export const cipherSuites: readonly CipherSuite[] = [
  suite(0, "none", "none", "none"),
  suite(1, "sha1", "none", "none"),
  suite(2, "sha1", "sha1", "none"),
  suite(3, "sha1", "sha1", "aes"),
  suite(15, "sha256", "none", "none"),
  suite(16, "sha256", "sha256", "none"),
  suite(17, "sha256", "sha256", "aes"),
];

/** The suite of this number, or undefined when it is not spoken here. */
export function cipherSuite(id: number): CipherSuite | undefined {
  return cipherSuites.find((one) => one.id === id);
}

/** The suite with these algorithm numbers, as a BMC reads them from Open Session. */
export function suiteOfAlgorithms(
  authentication: number,
  integrity: number,
  confidentiality: number,
): CipherSuite | undefined {
  return cipherSuites.find(
    (one) =>
      Authentication[one.authentication] === authentication &&
      Integrity[one.integrity] === integrity &&
      Confidentiality[one.confidentiality] === confidentiality,
  );
}

/** Bytes of a RAKP key exchange authentication code. */
export const codeLength = { none: 0, sha1: 20, sha256: 32 } as const;
/** Bytes of a RAKP 4 integrity check value and of a packet's authentication code. */
export const checkLength = { none: 0, sha1: 12, sha256: 16 } as const;

/** A key made ready: bare bytes cost Node four times the HMAC itself, each time. */
export type Key = KeyObject;

export function makeKey(bytes: Uint8Array): Key {
  return createSecretKey(bytes);
}

/** HMAC of the parts together; empty for `none`. */
export function hmac(
  algorithm: CipherSuite["authentication"],
  key: Key | Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  if (algorithm === "none") return new Uint8Array(0);
  const mac = createHmac(algorithm, key instanceof Uint8Array ? makeKey(key) : key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Compares in constant time; false when the lengths differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What protects the packets of an open session. */
export interface SessionKeys {
  readonly suite: CipherSuite;
  readonly k1: Key;
  /** The first 16 bytes of K2. */
  readonly aes: Key;
}

const constants = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(2)] as const;

/** K1 and K2 from the session integrity key (IPMI 2.0 §13.32); their constants are 20 bytes long for SHA-256 as well. */
export function sessionKeys(suiteUsed: CipherSuite, sik: Uint8Array): SessionKeys {
  const key = makeKey(sik);
  const k1 = hmac(suiteUsed.authentication, key, constants[0]);
  const k2 = hmac(suiteUsed.authentication, key, constants[1]);
  return { suite: suiteUsed, k1: makeKey(k1), aes: makeKey(k2.subarray(0, 16)) };
}

/** Bytes that {@link encrypt} makes of `length` bytes: initialisation vector, data, pad, pad length. */
export function encryptedLength(length: number): number {
  return 16 + ((length + 16) & ~15);
}

/** AES-CBC-128 with IPMI's padding 01h 02h 03h … and its length last (IPMI 2.0 §13.29); the vector goes in front. */
export function encrypt(key: Key, vector: Uint8Array, plain: Uint8Array): Uint8Array {
  const padded = new Uint8Array((plain.length + 16) & ~15);
  padded.set(plain);
  const pad = padded.length - plain.length - 1;
  for (let i = 0; i < pad; i++) padded[plain.length + i] = i + 1;
  padded[padded.length - 1] = pad;
  const cipher = createCipheriv("aes-128-cbc", key, vector).setAutoPadding(false);
  return Buffer.concat([vector, cipher.update(padded)]);
}

/** The counterpart of {@link encrypt}; throws {@link MalformedError} on lengths and padding that cannot be. */
export function decrypt(key: Key, data: Uint8Array): Uint8Array {
  if (data.length < 32 || data.length % 16 !== 0)
    throw new MalformedError(`${data.length} bytes cannot be an encrypted payload`);
  const plain = createDecipheriv("aes-128-cbc", key, data.subarray(0, 16))
    .setAutoPadding(false)
    .update(data.subarray(16));
  const pad = plain[plain.length - 1] ?? 255;
  if (pad > 15) throw new MalformedError("an encrypted payload with impossible padding");
  return plain.subarray(0, plain.length - 1 - pad);
}
