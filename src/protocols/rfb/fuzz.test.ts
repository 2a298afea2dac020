import { Duplex } from "node:stream";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { milliseconds } from "#base/units.ts";
import { RfbClient } from "./client.ts";
import { keyNames } from "./keyboard/us.ts";
import { parseKeys } from "./keys.ts";
import { Encoding, Pseudo } from "./numbers.ts";
import type { PixelChoice } from "./pixel-format.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");
const u16 = (value: number) => Buffer.of(value >> 8, value & 255);
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);

/** A desktop of 40x24. */
const greeting = Buffer.concat([
  Buffer.from("RFB 003.008\n"),
  bytes("010100000000002800182018000100ff00ff00ff10080000000000000000"),
]);

/** Everything at once, in pieces of its own choosing, then the end. */
function peer(content: Buffer, size: number): Duplex {
  let at = 0;
  return new Duplex({
    read() {
      this.push(at < content.length ? content.subarray(at, (at += size)) : null);
    },
    write: (_chunk, _encoding, done) => done(),
  });
}

/** What came out of a conversation that is not an error of ours: nothing, if it is right. */
async function strange(content: Buffer, size: number, pixels: PixelChoice = "rgb888"): Promise<unknown> {
  try {
    const dial = () => Promise.resolve(peer(content, size));
    await using client = await RfbClient.open({ host: "nowhere", dial }, { pixels });
    for (;;) {
      const { frame, damage } = await client.update({ within: milliseconds(1000) });
      if (damage.length === 0) return "it stood still";
      const fits = damage.every(({ x, y, width, height }) => x + width <= frame.width && y + height <= frame.height);
      if (!fits || frame.data.length !== frame.width * frame.height * 4) return { frame, damage };
    }
  } catch (error) {
    return error instanceof RackhandError && error.code.startsWith("rfb.") ? undefined : error;
  }
}

const blob = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));
const some = fc.constantFrom(...Object.values(Encoding), ...Object.values(Pseudo));
const place = fc.record({ x: fc.nat(12), y: fc.nat(8), width: fc.nat(30), height: fc.nat(18) });
/** What an encoding expects first is right more often than noise would be. */
const body = fc.oneof(
  blob(200),
  blob(400).map((data) => Buffer.concat([u32(data.length), data])),
  blob(3000).map((data) => Buffer.concat([u32(deflateSync(data).length), deflateSync(data)])),
  fc
    .tuple(fc.constantFrom(0, 0x10, 0x40, 0x50, 0x80, 0x90, 0x0f), fc.nat(3), blob(1500))
    .map(([control, filter, data]) => {
      const packed = deflateSync(data);
      const length = Buffer.of((packed.length & 127) | 128, packed.length >> 7);
      const head = control & 0x40 ? Buffer.of(control, filter) : Buffer.of(control);
      return Buffer.concat([
        head,
        filter === 1 ? Buffer.concat([Buffer.of(1), Buffer.alloc(6, 7)]) : Buffer.of(),
        length,
        packed,
      ]);
    }),
);
const rectangle = fc
  .tuple(some, place, body)
  .map(([encoding, { x, y, width, height }, data]) =>
    Buffer.concat([u16(x), u16(y), u16(width), u16(height), u32(encoding), data]),
  );
const message = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(rectangle, { minLength: 1, maxLength: 4 })
      .map((list) => Buffer.concat([bytes("0000"), u16(list.length), ...list])),
  },
  { weight: 1, arbitrary: blob(300).map((data) => Buffer.concat([bytes("03000000"), u32(data.length), data])) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(300), fc.nat(9))
      .map(([first, count]) => Buffer.concat([bytes("0100"), u16(first), u16(count), Buffer.alloc(count * 6, 9)])),
  },
  { weight: 1, arbitrary: blob(100) },
);

test("whatever a server says instead of a greeting ends in an error of ours", async () => {
  const start = fc.constantFrom(
    "",
    "RFB 003.003\n",
    "RFB 003.007\n",
    "RFB 003.008\n",
    "RFB 003.008\n\u0001\u0013",
    "RFB 003.008\n\u0001\u0002",
  );
  const content = fc.tuple(start, blob(200)).map(([text, data]) => Buffer.concat([Buffer.from(text, "latin1"), data]));
  const run = async (data: Buffer, size: number) => {
    expect(await strange(data, size)).toBeUndefined();
  };
  await fc.assert(fc.asyncProperty(content, fc.integer({ min: 1, max: 64 }), run), { numRuns: 300 });
});

test("whatever a server sends as pictures ends in an error of ours, in every pixel format and in pieces of any size", async () => {
  const pixels = fc.constantFrom<PixelChoice>("rgb888", "rgb565", "bgr233", "map8", "server");
  const content = fc.array(message, { maxLength: 5 }).map((list) => Buffer.concat([greeting, ...list]));
  const run = async (data: Buffer, size: number, choice: PixelChoice) => {
    expect(await strange(data, size, choice)).toBeUndefined();
  };
  await fc.assert(fc.asyncProperty(content, fc.integer({ min: 1, max: 5000 }), pixels, run), { numRuns: 500 });
});

test("any pixel format that a server claims to have is read or refused", async () => {
  const content = fc.tuple(blob(16), blob(300)).map(([format, data]) => {
    const whole = Buffer.concat([
      greeting,
      bytes("00000001000000000028001800000000"),
      Buffer.alloc(40 * 24 * 4, 5),
      data,
    ]);
    format.copy(whole, 22);
    return whole;
  });
  const run = async (data: Buffer) => {
    expect(await strange(data, 4096, "server")).toBeUndefined();
  };
  await fc.assert(fc.asyncProperty(content, run), { numRuns: 300 });
});

test("any text is strokes or a usage error", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("{", "}", "{Enter}", "-", "+", " 3}", ...keyNames.map((name) => `{${name}}`)),
  );
  const run = (pieces: string[]) => {
    try {
      expect(parseKeys(pieces.join("")).every(({ keys }) => keys.length > 0)).toBe(true);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2, code: expect.stringMatching(/^keys\./) });
    }
  };
  fc.assert(fc.property(fc.array(piece), run), { numRuns: 1000 });
});
