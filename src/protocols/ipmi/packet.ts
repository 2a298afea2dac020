import { checkLength, encryptedLength, hmac, sameBytes, type SessionKeys } from "./crypto.ts";
import { MalformedError } from "./errors.ts";

/** RMCP+ payload types (IPMI 2.0 table 13-16). */
export const PayloadType = {
  message: 0x00,
  sol: 0x01,
  oem: 0x02,
  openRequest: 0x10,
  openResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

/** IPMI 1.5 framing without authentication: what goes before a session (IPMI 2.0 table 13-8). */
export interface LegacyDatagram {
  kind: "legacy";
  authType: number;
  sessionId: number;
  sequence: number;
  payload: Uint8Array;
}

/** RMCP+ framing; `payload` is still encrypted when `encrypted` is set: {@link unseal} checks and decrypts. */
export interface PlusDatagram {
  kind: "plus";
  payloadType: number;
  encrypted: boolean;
  authenticated: boolean;
  sessionId: number;
  sequence: number;
  payload: Uint8Array;
  /** All bytes of the datagram. */
  whole: Uint8Array;
}

/** ASF presence ping and pong; only ever answered, nothing here depends on it. */
export interface AsfDatagram {
  kind: "asf";
  type: "ping" | "pong" | "other";
  tag: number;
}

export type Datagram = LegacyDatagram | PlusDatagram | AsfDatagram;

const asfTypes: Record<number, AsfDatagram["type"]> = { 0x80: "ping", 0x40: "pong" };

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function need(bytes: Uint8Array, length: number): void {
  if (bytes.length < length)
    throw new MalformedError(`a datagram of ${bytes.length} bytes where at least ${length} are needed`);
}

function decodeLegacy(bytes: Uint8Array): LegacyDatagram {
  need(bytes, 14);
  const authType = bytes[4] ?? 0;
  const at = authType === 0 ? 14 : 30;
  need(bytes, at);
  const data = view(bytes);
  const length = bytes[at - 1] ?? 0;
  need(bytes, at + length);
  // One pad byte may follow ("legacy pad", table 13-8); the length says where the payload ends.
  const payload = bytes.subarray(at, at + length);
  return { kind: "legacy", authType, sequence: data.getUint32(5, true), sessionId: data.getUint32(9, true), payload };
}

function decodePlus(bytes: Uint8Array): PlusDatagram {
  need(bytes, 16);
  const type = bytes[5] ?? 0;
  const at = (type & 0x3f) === PayloadType.oem ? 12 : 6;
  need(bytes, at + 10);
  const data = view(bytes);
  const length = data.getUint16(at + 8, true);
  need(bytes, at + 10 + length);
  return {
    kind: "plus",
    payloadType: type & 0x3f,
    encrypted: (type & 0x80) !== 0,
    authenticated: (type & 0x40) !== 0,
    sessionId: data.getUint32(at, true),
    sequence: data.getUint32(at + 4, true),
    payload: bytes.subarray(at + 10, at + 10 + length),
    whole: bytes,
  };
}

/** Reads the outer layers of any UDP datagram on port 623. Throws {@link MalformedError} and nothing else. */
export function decodeDatagram(bytes: Uint8Array): Datagram {
  need(bytes, 5);
  if (bytes[0] !== 0x06) throw new MalformedError("not an RMCP datagram");
  const messageClass = (bytes[3] ?? 0) & 0x1f;
  if (messageClass === 0x06) {
    need(bytes, 12);
    return { kind: "asf", type: asfTypes[bytes[8] ?? 0] ?? "other", tag: bytes[9] ?? 0 };
  }
  if (messageClass !== 0x07) throw new MalformedError(`RMCP message class ${messageClass} is not IPMI`);
  return bytes[4] === 0x06 ? decodePlus(bytes) : decodeLegacy(bytes);
}

/** The 28-byte pong that says "IPMI is spoken here". */
export function encodePong(tag: number): Uint8Array {
  return Uint8Array.from([
    6,
    0,
    0xff,
    6,
    0,
    0,
    0x11,
    0xbe,
    0x40,
    tag,
    0,
    16,
    0,
    0,
    0x11,
    0xbe,
    0,
    0,
    0,
    0,
    0x81,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
}

/** A message outside of any session in IPMI 1.5 framing, authentication type none. */
export function encodeLegacy(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(14 + payload.length);
  out.set([6, 0, 0xff, 7]);
  out[13] = payload.length;
  out.set(payload, 14);
  return out;
}

function header(out: Uint8Array, type: number, sessionId: number, sequence: number, length: number): void {
  out.set([6, 0, 0xff, 7, 6, type]);
  const data = view(out);
  data.setUint32(6, sessionId, true);
  data.setUint32(10, sequence, true);
  data.setUint16(14, length, true);
}

/** A payload outside of any session in RMCP+ framing: Open Session, RAKP, and messages of clients that ask that way. */
export function encodePlain(payloadType: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(16 + payload.length);
  header(out, payloadType, 0, 0, payload.length);
  out.set(payload, 16);
  return out;
}

/** A payload inside a session: encrypted and signed as the suite says. `vector` gives 16 random bytes when they are needed. */
export function seal(
  keys: SessionKeys,
  sessionId: number,
  sequence: number,
  payloadType: number,
  payload: Uint8Array,
  vector: () => Uint8Array,
): Uint8Array {
  const { integrity, confidentiality } = keys.suite;
  const encrypted = confidentiality === "aes";
  const length = encrypted ? encryptedLength(payload.length) : payload.length;
  const check = checkLength[integrity];
  // What is signed runs from the authentication type (byte 4) to the next header and is a multiple of 4 long (§13.28.4).
  const pad = -(12 + length + (keys.padsWithoutTrailer ? 0 : 2)) & 3;
  const signed = 16 + length + (check === 0 ? 0 : pad + 2);
  const out = new Uint8Array(signed + check);
  header(out, payloadType | (encrypted ? 0x80 : 0) | (check === 0 ? 0 : 0x40), sessionId, sequence, length);
  out.set(encrypted ? keys.aes.encrypt(vector(), payload) : payload, 16);
  if (check === 0) return out;
  out.fill(0xff, 16 + length, 16 + length + pad);
  out[signed - 2] = pad;
  out[signed - 1] = 0x07;
  out.set(hmac(integrity, keys.k1, out.subarray(4, signed)).subarray(0, check), signed);
  return out;
}

/**
 * Checks and decrypts a payload received inside a session. Throws {@link MalformedError} when the signature is missing or wrong: such a datagram
 * is to be dropped, it says nothing about the session.
 */
export function unseal(keys: SessionKeys, datagram: PlusDatagram): Uint8Array {
  const { integrity, confidentiality } = keys.suite;
  const check = checkLength[integrity];
  if (check > 0) {
    const { whole } = datagram;
    const signed = whole.length - check;
    if (!datagram.authenticated || signed < 18) throw new MalformedError("a packet without its authentication code");
    const code = hmac(integrity, keys.k1, whole.subarray(4, signed)).subarray(0, check);
    if (!sameBytes(code, whole.subarray(signed))) throw new MalformedError("a packet with a wrong authentication code");
  }
  if (confidentiality !== "aes") return datagram.payload;
  if (!datagram.encrypted) throw new MalformedError("a packet in the clear where encryption was agreed");
  return keys.aes.decrypt(datagram.payload);
}
