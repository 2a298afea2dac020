import type { BmcFaults } from "../faults.ts";

type Kind = Exclude<BmcFaults["garbage"], "none">;

const makers: Record<Kind, (question: Uint8Array, random: (count: number) => Uint8Array) => Uint8Array> = {
  noise: (question, random) => random(24 + (question.length % 16)),
  text: () => Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
  truncated: () => Uint8Array.from([0x06, 0x00, 0xff, 0x07, 0x06]),
};

/** Bytes that no IPMI client can take for an answer. */
export function garbage(kind: Kind, question: Uint8Array, random: (count: number) => Uint8Array): Uint8Array {
  return makers[kind](question, random);
}
