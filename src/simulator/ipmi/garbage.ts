import type { BmcFaults } from "../faults.ts";

/** Bytes that no IPMI client can take for an answer. */
export function garbage(
  kind: Exclude<BmcFaults["garbage"], "none">,
  question: Uint8Array,
  random: (count: number) => Uint8Array,
): Uint8Array {
  switch (kind) {
    case "noise":
      return random(24 + (question.length % 16));
    case "text":
      return Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    case "truncated":
      return Uint8Array.from([0x06, 0x00, 0xff, 0x07, 0x06]);
  }
}
