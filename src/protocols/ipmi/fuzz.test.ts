import fc from "fast-check";
import { expect, test } from "vitest";
import * as bootOptions from "./boot-options.ts";
import * as commands from "./commands.ts";
import { AesKey, cipherSuites, sessionKeys } from "./crypto.ts";
import { MalformedError } from "./errors.ts";
import { formatGuid } from "./guid.ts";
import { decodeRequest, decodeResponse } from "./message.ts";
import { decodeDatagram, seal, unseal } from "./packet.ts";
import * as rakp from "./rakp.ts";
import { suitesInRecords } from "./session/channel.ts";
import { SequenceWindow } from "./session/window.ts";

/** Datagrams that get past the first checks more often than noise would. */
const header = fc.constantFrom(
  "0600ff07",
  "0600ff0700",
  "0600ff0706",
  "0600ff0706c0",
  "0600ff070611",
  "0600ff0713",
  "0600ff06",
  "",
);
const datagrams = fc
  .tuple(header, fc.uint8Array({ maxLength: 120 }))
  .map(([start, rest]) => Uint8Array.from([...Buffer.from(start, "hex"), ...rest]));
const payloads = fc.uint8Array({ maxLength: 120 });

/** What the decoder threw that is not its own error: nothing, if it is right. */
function strange(bytes: fc.Arbitrary<Uint8Array>, decode: (bytes: Uint8Array) => unknown): unknown[] {
  return fc.sample(bytes, 2000).flatMap((input) => {
    try {
      decode(input);
      return [];
    } catch (error) {
      return error instanceof MalformedError ? [] : [error];
    }
  });
}

const keys = cipherSuites.map((suite) => sessionKeys(suite, new Uint8Array(20).fill(9)));

function unsealWithAll(bytes: Uint8Array): void {
  const datagram = decodeDatagram(bytes);
  if (datagram.kind === "plus") for (const one of keys) unseal(one, datagram);
}

const { decodeOpenRequest, decodeOpenResponse, decodeRakp1, decodeRakp2, decodeRakp3, decodeRakp4 } = rakp;
const decoders: Record<string, (bytes: Uint8Array) => unknown> = {
  decodeDatagram,
  unsealWithAll,
  decodeRequest,
  decodeResponse,
  suitesInRecords,
  decodeOpenRequest,
  decodeOpenResponse,
  decodeRakp1,
  decodeRakp2,
  decodeRakp3,
  decodeRakp4,
  decrypt: (bytes) => new AesKey(new Uint8Array(16)).decrypt(bytes),
  BootFlags: bootOptions.BootFlags.decode,
  ValidBitClearing: bootOptions.ValidBitClearing.decode,
};
for (const command of Object.values(commands)) {
  decoders[`${command.name}, request`] = command.request.decode;
  decoders[`${command.name}, response`] = command.response.decode;
}

test.each(Object.entries(decoders))("%s throws its own error or nothing, whatever arrives", (_name, decode) => {
  expect(strange(payloads, decode)).toEqual([]);
  expect(strange(datagrams, decode)).toEqual([]);
});

test("what was sealed is unsealed, and one changed bit anywhere in a signed packet is noticed", () => {
  const sealed = fc.record({
    at: fc.nat(),
    bit: fc.nat(7),
    payload: payloads,
    suite: fc.constantFrom(...keys.filter(({ suite }) => suite.integrity !== "none")),
  });
  fc.assert(
    fc.property(sealed, ({ at, bit, payload, suite }) => {
      const packet = seal(suite, 0x11223344, 7, 0, payload, () => new Uint8Array(16).fill(5));
      const read = (bytes: Uint8Array) => {
        const datagram = decodeDatagram(bytes);
        if (datagram.kind !== "plus") throw new MalformedError("not RMCP+");
        return unseal(suite, datagram);
      };
      expect(Buffer.from(read(packet)).equals(payload)).toBe(true);
      const index = 4 + (at % (packet.length - 4));
      packet[index] = (packet[index] ?? 0) ^ (1 << bit);
      expect(() => read(packet)).toThrow(MalformedError);
    }),
    { numRuns: 500 },
  );
});

test("a GUID stays itself in each of the three byte orders", () => {
  const text = "12345678-9abc-4def-8123-456789abcdef";
  const plain = text.replaceAll("-", "");
  const reversed = (hex: string) => (hex.match(/../g) ?? []).toReversed().join("");
  const smbios =
    reversed(plain.slice(0, 8)) + reversed(plain.slice(8, 12)) + reversed(plain.slice(12, 16)) + plain.slice(16);
  expect([plain, reversed(plain), smbios].map(formatGuid)).toEqual([text, text, text]);
});

test("the sequence window takes each number once, in any order within 32, also when numbers skip or wrap", () => {
  const shuffled = fc.shuffledSubarray(Array.from({ length: 31 }, (_, i) => i + 1));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), shuffled, (start, steps) => {
      const window = new SequenceWindow();
      const numbers = steps.map((step) => (start + step) % 2 ** 32);
      expect(numbers.map((number) => window.fresh(number))).toEqual(numbers.map(() => true));
      expect(numbers.map((number) => window.fresh(number))).toEqual(numbers.map(() => false));
    }),
  );
  const window = new SequenceWindow();
  expect([100, 1000, 900, 999].map((number) => window.fresh(number))).toEqual([true, true, false, true]);
});
