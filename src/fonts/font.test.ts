import fc from "fast-check";
import { expect, test } from "vitest";
import { shippedFonts } from "./catalog.ts";
import { decodeFont, encodeFont, type Font } from "./font.ts";

const font: Font = {
  name: "odd",
  width: 12,
  height: 3,
  glyphs: [{ code: 0x41, rows: Uint32Array.of(0xfff, 0x801, 0x123) }],
};

test("a font comes back as it was written", () => {
  expect(decodeFont(encodeFont(font))).toEqual(font);
});

test("anything that is not a font file is refused without a throw", () => {
  const whole = encodeFont(font);
  expect(decodeFont(whole.subarray(0, whole.length - 3))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeFont(bytes) === undefined));
});

test("every shipped font has all of printable ASCII", () => {
  const lacking = shippedFonts().filter(({ glyphs }) => {
    const codes = new Set(glyphs.map(({ code }) => code));
    return Array.from({ length: 95 }, (_, n) => 0x20 + n).some((code) => !codes.has(code));
  });
  expect(shippedFonts().length).toBeGreaterThan(30);
  expect(lacking.map(({ name, width, height }) => `${name} ${width}x${height}`)).toEqual([]);
});
