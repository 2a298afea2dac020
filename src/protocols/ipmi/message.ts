import { MalformedError } from "./errors.ts";

/** Addresses and sequence that a request carries and its response mirrors (IPMI 2.0 §13.8). */
export interface Routing {
  /** Who shall answer; the BMC is 20h. */
  responder: number;
  responderLun: number;
  /** Who asks; remote console software is 81h. */
  requester: number;
  requesterLun: number;
  /** 6 bits. */
  sequence: number;
}

export interface RequestMessage extends Routing {
  netFn: number;
  code: number;
  data: Uint8Array;
  /** False when one of the two checksums is wrong, which some firmware does inside authenticated sessions. */
  checksumsHold: boolean;
}

export interface ResponseMessage extends RequestMessage {
  completionCode: number;
}

/** What our requests carry; only the sequence differs. */
export const toBmc: Omit<Routing, "sequence"> = { responder: 0x20, responderLun: 0, requester: 0x81, requesterLun: 0 };

function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0;
  return -sum & 0xff;
}

function assemble(
  first: number,
  second: number,
  third: number,
  fourth: number,
  code: number,
  data: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(7 + data.length);
  out[0] = first;
  out[1] = second;
  out[2] = checksum(out, 0, 2);
  out[3] = third;
  out[4] = fourth;
  out[5] = code;
  out.set(data, 6);
  out[6 + data.length] = checksum(out, 3, 6 + data.length);
  return out;
}

/** A request as it lies in a packet's payload, checksums made. */
export function encodeRequest(message: Omit<RequestMessage, "checksumsHold">): Uint8Array {
  const { responder, responderLun, requester, requesterLun, sequence } = message;
  const [second, fourth] = [(message.netFn << 2) | responderLun, (sequence << 2) | requesterLun];
  return assemble(responder, second, requester, fourth, message.code, message.data);
}

/** The response to a request with this routing; `netFn` is the request's. */
export function encodeResponse(
  to: Routing,
  netFn: number,
  code: number,
  completionCode: number,
  data: Uint8Array,
): Uint8Array {
  const body = new Uint8Array(1 + data.length);
  body[0] = completionCode;
  body.set(data, 1);
  const [second, fourth] = [((netFn | 1) << 2) | to.requesterLun, (to.sequence << 2) | to.responderLun];
  return assemble(to.requester, second, to.responder, fourth, code, body);
}

function fixed(
  bytes: Uint8Array,
  least: number,
): { netFn: number; code: number; sequence: number; checksumsHold: boolean } {
  if (bytes.length < least)
    throw new MalformedError(`an IPMI message has at least ${least} bytes, this one ${bytes.length}`);
  const [second = 0, fourth = 0, code = 0] = [bytes[1], bytes[4], bytes[5]];
  const last = bytes.length - 1;
  const checksumsHold = bytes[2] === checksum(bytes, 0, 2) && bytes[last] === checksum(bytes, 3, last);
  return { netFn: second >> 2, code, sequence: fourth >> 2, checksumsHold };
}

/** Reads a request; throws {@link MalformedError} when it is too short or is a response. */
export function decodeRequest(bytes: Uint8Array): RequestMessage {
  const { netFn, ...common } = fixed(bytes, 7);
  if (netFn & 1) throw new MalformedError("a response where a request was expected");
  const [first = 0, second = 0, third = 0, fourth = 0] = [bytes[0], bytes[1], bytes[3], bytes[4]];
  const routing = { responder: first, responderLun: second & 3, requester: third, requesterLun: fourth & 3 };
  return { ...routing, ...common, netFn, data: bytes.subarray(6, -1) };
}

/** Reads a response; `netFn` is the response's own (odd). Throws {@link MalformedError} when it is too short or is a request. */
export function decodeResponse(bytes: Uint8Array): ResponseMessage {
  const { netFn, ...common } = fixed(bytes, 8);
  if (!(netFn & 1)) throw new MalformedError("a request where a response was expected");
  const [first = 0, second = 0, third = 0, fourth = 0, completionCode = 0] = [
    bytes[0],
    bytes[1],
    bytes[3],
    bytes[4],
    bytes[6],
  ];
  const routing = { requester: first, requesterLun: second & 3, responder: third, responderLun: fourth & 3 };
  return { ...routing, ...common, netFn, completionCode, data: bytes.subarray(7, -1) };
}
