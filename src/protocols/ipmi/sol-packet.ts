import { MalformedError } from "./errors.ts";

/** Operation byte, console to BMC (IPMI 2.0 table 15-2). Each packet carries all of it. */
export const SolOperation = {
  nack: 0x40,
  ring: 0x20,
  break: 0x10,
  ctsOff: 0x08,
  dcdOff: 0x04,
  flushInbound: 0x02,
  flushOutbound: 0x01,
} as const;

/** Status byte, BMC to console (IPMI 2.0 table 15-2). */
export const SolStatus = { nack: 0x40, unavailable: 0x20, deactivated: 0x10, overrun: 0x08, break: 0x04 } as const;

/** One SOL payload, either way. `sequence` 0: carries no data, only an acknowledgement; `acknowledges` 0: acknowledges nothing. Both 0..15. */
export interface SolPacket {
  sequence: number;
  acknowledges: number;
  /** How many characters of the acknowledged packet were taken. */
  accepted: number;
  /** {@link SolOperation} or {@link SolStatus} bits. */
  flags: number;
  data: Uint8Array;
}

/** Throws {@link MalformedError} when there are not even the four bytes before the data. */
export function decodeSol(payload: Uint8Array): SolPacket {
  if (payload.length < 4) throw new MalformedError(`a SOL packet has at least 4 bytes, this one ${payload.length}`);
  const [sequence = 0, acknowledges = 0, accepted = 0, flags = 0] = payload;
  return { sequence: sequence & 0x0f, acknowledges: acknowledges & 0x0f, accepted, flags, data: payload.subarray(4) };
}

export function encodeSol({ sequence, acknowledges, accepted, flags, data }: SolPacket): Uint8Array {
  const out = new Uint8Array(4 + data.length);
  out.set([sequence, acknowledges, accepted, flags]);
  out.set(data, 4);
  return out;
}

/** 1..15, then 1 again. */
export function nextSolSequence(sequence: number): number {
  return (sequence % 15) + 1;
}
