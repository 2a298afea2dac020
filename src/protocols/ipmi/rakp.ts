import {
  Authentication,
  Confidentiality,
  checkLength,
  hmac,
  Integrity,
  suiteOfAlgorithms,
  type CipherSuite,
  type Key,
} from "./crypto.ts";
import { MalformedError } from "./errors.ts";

/** RMCP+ status codes (IPMI 2.0 table 13-15). */
export const RakpStatus = {
  ok: 0x00,
  insufficientResources: 0x01,
  invalidSessionId: 0x02,
  invalidPayloadType: 0x03,
  invalidAuthentication: 0x04,
  invalidIntegrity: 0x05,
  noMatchingAuthentication: 0x06,
  noMatchingIntegrity: 0x07,
  inactiveSessionId: 0x08,
  invalidRole: 0x09,
  unauthorizedRole: 0x0a,
  insufficientResourcesForRole: 0x0b,
  invalidNameLength: 0x0c,
  unauthorizedName: 0x0d,
  unauthorizedGuid: 0x0e,
  invalidIntegrityCheck: 0x0f,
  invalidConfidentiality: 0x10,
  noCipherSuiteMatch: 0x11,
  illegalParameter: 0x12,
} as const;

const words: Record<number, string> = Object.fromEntries(
  Object.entries(RakpStatus).map(([name, code]) => [
    code,
    name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  ]),
);

/** `unauthorized name (0Dh)`. */
export function rakpStatusText(status: number): string {
  return `${words[status] ?? "unknown status"} (${status.toString(16).toUpperCase().padStart(2, "0")}h)`;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function need(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length < length)
    throw new MalformedError(`${what} of ${bytes.length} bytes where at least ${length} are needed`);
}

/** `refused` answers carry no more than the status; what follows it is not to be believed. */
export interface Refusal {
  ok: false;
  tag: number;
  status: number;
  /** 0 when the answer was too short to hold it. */
  consoleId: number;
}

export interface OpenRequest {
  tag: number;
  /** 0 asks for the highest level that user and channel allow. */
  privilege: number;
  consoleId: number;
  authentication: number;
  integrity: number;
  confidentiality: number;
}

export interface OpenResponse extends OpenRequest {
  ok: true;
  managedId: number;
}

function writeAlgorithms(
  out: Uint8Array,
  at: number,
  from: Pick<OpenRequest, "authentication" | "integrity" | "confidentiality">,
): void {
  out.set([0, 0, 0, 8, from.authentication, 0, 0, 0], at);
  out.set([1, 0, 0, 8, from.integrity, 0, 0, 0], at + 8);
  out.set([2, 0, 0, 8, from.confidentiality, 0, 0, 0], at + 16);
}

function readAlgorithms(
  bytes: Uint8Array,
  at: number,
): Pick<OpenRequest, "authentication" | "integrity" | "confidentiality"> {
  const algorithm = (of: number) => (bytes[at + of * 8 + 4] ?? 0) & 0x3f;
  return { authentication: algorithm(0), integrity: algorithm(1), confidentiality: algorithm(2) };
}

/** The algorithm numbers that propose a suite. */
export function algorithmsOf(
  suite: CipherSuite,
): Pick<OpenRequest, "authentication" | "integrity" | "confidentiality"> {
  return {
    authentication: Authentication[suite.authentication],
    integrity: Integrity[suite.integrity],
    confidentiality: Confidentiality[suite.confidentiality],
  };
}

/** The suite an Open Session Request or Response names, or undefined when it is not spoken here. */
export function suiteOf(
  open: Pick<OpenRequest, "authentication" | "integrity" | "confidentiality">,
): CipherSuite | undefined {
  return suiteOfAlgorithms(open.authentication, open.integrity, open.confidentiality);
}

/** Open Session Request (§13.17). */
export function encodeOpenRequest(request: OpenRequest): Uint8Array {
  const out = new Uint8Array(32);
  out.set([request.tag, request.privilege]);
  view(out).setUint32(4, request.consoleId, true);
  writeAlgorithms(out, 8, request);
  return out;
}

export function decodeOpenRequest(bytes: Uint8Array): OpenRequest {
  need(bytes, 32, "an Open Session Request");
  const [tag = 0, privilege = 0] = bytes;
  return { tag, privilege: privilege & 0x0f, consoleId: view(bytes).getUint32(4, true), ...readAlgorithms(bytes, 8) };
}

/** Open Session Response (§13.18). */
export function encodeOpenResponse(response: Omit<OpenResponse, "ok">): Uint8Array {
  const out = new Uint8Array(36);
  out.set([response.tag, 0, response.privilege]);
  view(out).setUint32(4, response.consoleId, true);
  view(out).setUint32(8, response.managedId, true);
  writeAlgorithms(out, 12, response);
  return out;
}

function decodeRefusal(bytes: Uint8Array): Refusal | undefined {
  need(bytes, 2, "an answer");
  const [tag = 0, status = 0] = bytes;
  if (status === RakpStatus.ok) return undefined;
  return { ok: false, tag, status, consoleId: bytes.length < 8 ? 0 : view(bytes).getUint32(4, true) };
}

/** A refusing Open Session Response, RAKP 2 or RAKP 4; they look the same. RAKP 3 with a status is {@link encodeRakp3}. */
export function encodeRefusal(tag: number, status: number, consoleId: number): Uint8Array {
  const out = new Uint8Array(8);
  out.set([tag, status]);
  view(out).setUint32(4, consoleId, true);
  return out;
}

export function decodeOpenResponse(bytes: Uint8Array): OpenResponse | Refusal {
  const refusal = decodeRefusal(bytes);
  if (refusal) return refusal;
  need(bytes, 36, "an Open Session Response");
  const data = view(bytes);
  const [consoleId, managedId] = [data.getUint32(4, true), data.getUint32(8, true)];
  return {
    ok: true,
    tag: bytes[0] ?? 0,
    privilege: (bytes[2] ?? 0) & 0x0f,
    consoleId,
    managedId,
    ...readAlgorithms(bytes, 12),
  };
}

/** RAKP message 1 (§13.20). */
export interface Rakp1 {
  tag: number;
  managedId: number;
  /** 16 bytes. */
  consoleRandom: Uint8Array;
  /** Low nibble: privilege level; bit 4: look the user up by name only. Hashed exactly as sent. */
  role: number;
  /** At most 16 bytes. */
  name: Uint8Array;
}

export function encodeRakp1(message: Rakp1): Uint8Array {
  const out = new Uint8Array(28 + message.name.length);
  out[0] = message.tag;
  view(out).setUint32(4, message.managedId, true);
  out.set(message.consoleRandom, 8);
  out[24] = message.role;
  out[27] = message.name.length;
  out.set(message.name, 28);
  return out;
}

export function decodeRakp1(bytes: Uint8Array): Rakp1 {
  need(bytes, 28, "a RAKP 1");
  const length = bytes[27] ?? 0;
  if (length > 16) throw new MalformedError(`a user name of ${length} bytes`);
  need(bytes, 28 + length, "a RAKP 1");
  const [tag = 0] = bytes;
  const role = bytes[24] ?? 0;
  return {
    tag,
    managedId: view(bytes).getUint32(4, true),
    consoleRandom: bytes.subarray(8, 24),
    role,
    name: bytes.subarray(28, 28 + length),
  };
}

/** RAKP message 2 (§13.21). */
export interface Rakp2 {
  ok: true;
  tag: number;
  consoleId: number;
  managedRandom: Uint8Array;
  /** 16 bytes; the controller's identity, sent in every log-in. */
  guid: Uint8Array;
  /** Key exchange authentication code; its length is the authentication algorithm's. */
  code: Uint8Array;
}

export function encodeRakp2(message: Omit<Rakp2, "ok">): Uint8Array {
  const out = new Uint8Array(40 + message.code.length);
  out[0] = message.tag;
  view(out).setUint32(4, message.consoleId, true);
  out.set(message.managedRandom, 8);
  out.set(message.guid, 24);
  out.set(message.code, 40);
  return out;
}

export function decodeRakp2(bytes: Uint8Array): Rakp2 | Refusal {
  const refusal = decodeRefusal(bytes);
  if (refusal) return refusal;
  need(bytes, 40, "a RAKP 2");
  const consoleId = view(bytes).getUint32(4, true);
  return {
    ok: true,
    tag: bytes[0] ?? 0,
    consoleId,
    managedRandom: bytes.subarray(8, 24),
    guid: bytes.subarray(24, 40),
    code: bytes.subarray(40),
  };
}

/** RAKP message 3 (§13.22). A status other than 0 tells the BMC that the console gives the log-in up, so that the slot is free at once. */
export interface Rakp3 {
  tag: number;
  status: number;
  managedId: number;
  code: Uint8Array;
}

export function encodeRakp3(message: Rakp3): Uint8Array {
  const out = new Uint8Array(8 + message.code.length);
  out.set([message.tag, message.status]);
  view(out).setUint32(4, message.managedId, true);
  out.set(message.code, 8);
  return out;
}

export function decodeRakp3(bytes: Uint8Array): Rakp3 {
  need(bytes, 8, "a RAKP 3");
  const [tag = 0, status = 0] = bytes;
  return { tag, status, managedId: view(bytes).getUint32(4, true), code: bytes.subarray(8) };
}

/** RAKP message 4 (§13.23); `check` is the integrity check value. */
export interface Rakp4 {
  ok: true;
  tag: number;
  consoleId: number;
  check: Uint8Array;
}

export function encodeRakp4(message: Omit<Rakp4, "ok">): Uint8Array {
  const out = new Uint8Array(8 + message.check.length);
  out[0] = message.tag;
  view(out).setUint32(4, message.consoleId, true);
  out.set(message.check, 8);
  return out;
}

export function decodeRakp4(bytes: Uint8Array): Rakp4 | Refusal {
  const refusal = decodeRefusal(bytes);
  if (refusal) return refusal;
  need(bytes, 8, "a RAKP 4");
  return { ok: true, tag: bytes[0] ?? 0, consoleId: view(bytes).getUint32(4, true), check: bytes.subarray(8) };
}

/** All that both sides have said by the end of RAKP 2: what the four codes are made of. */
export interface Handshake {
  suite: CipherSuite;
  consoleId: number;
  managedId: number;
  consoleRandom: Uint8Array;
  managedRandom: Uint8Array;
  guid: Uint8Array;
  role: number;
  name: Uint8Array;
}

function id(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}

function who(from: Handshake): Uint8Array {
  const out = new Uint8Array(2 + from.name.length);
  out[0] = from.role;
  out[1] = from.name.length;
  out.set(from.name, 2);
  return out;
}

/** The code in RAKP 2; keyed with the password also where a K_g is set. */
export function rakp2Code(from: Handshake, password: Key | Uint8Array): Uint8Array {
  const { suite, consoleRandom, managedRandom, guid } = from;
  return hmac(
    suite.authentication,
    password,
    id(from.consoleId),
    id(from.managedId),
    consoleRandom,
    managedRandom,
    guid,
    who(from),
  );
}

/** The code in RAKP 3; keyed with the password also where a K_g is set. */
export function rakp3Code(from: Handshake, password: Key | Uint8Array): Uint8Array {
  return hmac(from.suite.authentication, password, from.managedRandom, id(from.consoleId), who(from));
}

/** The session integrity key (§13.31); `key` is K_g, or the password where none is set. */
export function sessionIntegrityKey(from: Handshake, key: Key | Uint8Array): Uint8Array {
  return hmac(from.suite.authentication, key, from.consoleRandom, from.managedRandom, who(from));
}

/** The integrity check value in RAKP 4, cut to 12 or 16 bytes by the *authentication* algorithm, also in suites without integrity. */
export function rakp4Check(from: Handshake, sik: Key | Uint8Array): Uint8Array {
  const { suite, consoleRandom, guid } = from;
  return hmac(suite.authentication, sik, consoleRandom, id(from.managedId), guid).subarray(
    0,
    checkLength[suite.authentication],
  );
}
