import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  timingSafeEqual,
  type Cipheriv,
  type Decipheriv,
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

/**
 * An HMAC key made ready (RFC 2104: the key XOR 36h and 5Ch, 64 bytes each, for SHA-1 and SHA-256 alike). Not `createHmac`: its native object of
 * some kB lives until the garbage collector comes by, and a poll of 5,000 sessions makes 10,000 of them.
 */
export interface Key {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** A key of at most 64 bytes: all of IPMI's are shorter. */
export function makeKey(bytes: Uint8Array): Key {
  const inner = new Uint8Array(64).fill(0x36);
  const outer = new Uint8Array(64).fill(0x5c);
  for (let at = 0; at < bytes.length; at++) {
    inner[at] = (bytes[at] ?? 0) ^ 0x36;
    outer[at] = (bytes[at] ?? 0) ^ 0x5c;
  }
  return { inner, outer };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** HMAC of the parts together; empty for `none`. */
export function hmac(
  algorithm: CipherSuite["authentication"],
  key: Key | Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  if (algorithm === "none") return new Uint8Array(0);
  const { inner, outer } = key instanceof Uint8Array ? makeKey(key) : key;
  return hash(algorithm, join([outer, hash(algorithm, join([inner, ...parts]), "buffer")]), "buffer");
}

/** Compares in constant time; false when the lengths differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What protects the packets of an open session. */
export interface SessionKeys {
  readonly suite: CipherSuite;
  readonly k1: Key;
  readonly aes: AesKey;
  /** This firmware fills up what is signed without counting pad length and next header. */
  readonly padsWithoutTrailer?: boolean;
}

const constants = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(2)] as const;

/** K1 and K2 from the session integrity key (IPMI 2.0 §13.32); their constants are 20 bytes long for SHA-256 as well. */
export function deriveKeys({ authentication }: CipherSuite, sik: Uint8Array): { k1: Uint8Array; k2: Uint8Array } {
  const key = makeKey(sik);
  return { k1: hmac(authentication, key, constants[0]), k2: hmac(authentication, key, constants[1]) };
}

/** The keys of an open session, ready for use. */
export function sessionKeys(suiteUsed: CipherSuite, sik: Uint8Array): SessionKeys {
  const { k1, k2 } = deriveKeys(suiteUsed, sik);
  return { suite: suiteUsed, k1: makeKey(k1), aes: new AesKey(k2.subarray(0, 16)) };
}

/** Bytes that {@link AesKey.encrypt} makes of `length` bytes: initialisation vector, data, pad, pad length. */
export function encryptedLength(length: number): number {
  return 16 + ((length + 16) & ~15);
}

/**
 * AES-CBC-128 with IPMI's padding (IPMI 2.0 §13.29). One cipher per direction serves the whole session: block by block (ECB) with CBC's chaining done
 * here, since a cipher object for each packet costs more than the packet and stays in memory until the garbage collector comes by.
 */
export class AesKey {
  readonly #key: Uint8Array;
  #cipher: Cipheriv | undefined;
  #decipher: Decipheriv | undefined;

  /** `key` has 16 bytes, or is empty in suites without encryption. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Pads with 01h 02h 03h … and the pad's length, encrypts, and puts the initialisation vector in front. */
  encrypt(vector: Uint8Array, plain: Uint8Array): Uint8Array {
    // A KeyObject for the moment: bare bytes take Node a path that costs ten times as much.
    this.#cipher ??= createCipheriv("aes-128-ecb", createSecretKey(this.#key), null).setAutoPadding(false);
    const out = new Uint8Array(encryptedLength(plain.length));
    const pad = out.length - 17 - plain.length;
    out.set(vector);
    out.set(plain, 16);
    for (let i = 0; i < pad; i++) out[16 + plain.length + i] = i + 1;
    out[out.length - 1] = pad;
    for (let at = 16; at < out.length; at += 16) {
      chain(out, at, out, at - 16);
      out.set(this.#cipher.update(out.subarray(at, at + 16)), at);
    }
    return out;
  }

  /** The counterpart of {@link encrypt}; throws {@link MalformedError} on lengths and padding that cannot be. */
  decrypt(data: Uint8Array): Uint8Array {
    if (data.length < 32 || data.length % 16 !== 0) {
      throw new MalformedError(`${data.length} bytes cannot be an encrypted payload`);
    }
    this.#decipher ??= createDecipheriv("aes-128-ecb", createSecretKey(this.#key), null).setAutoPadding(false);
    const plain = this.#decipher.update(data.subarray(16));
    for (let at = 0; at < plain.length; at += 16) chain(plain, at, data, at);
    const pad = plain[plain.length - 1] ?? 255;
    if (pad > 15) throw new MalformedError("an encrypted payload with impossible padding");
    return plain.subarray(0, plain.length - 1 - pad);
  }
}

/** XORs 16 bytes of `from` into `to`. */
function chain(to: Uint8Array, at: number, from: Uint8Array, fromAt: number): void {
  for (let i = 0; i < 16; i++) to[at + i] = (to[at + i] ?? 0) ^ (from[fromAt + i] ?? 0);
}
