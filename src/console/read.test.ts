import fc from "fast-check";
import { expect, test } from "vitest";
import { shippedFonts } from "#fonts/catalog.ts";
import { learnFont } from "./learn.ts";
import { draw } from "./pixels/draw.ts";
import { readGrid } from "./read.ts";
import { sure } from "./screen.ts";

const text = [
  "Give root password for maintenance",
  "(or press Control-D to continue): 0O1lI|5S8B",
  "",
  "The quick brown fox jumps over the lazy dog; 1234567890 [  OK  ] /dev/sda1",
  "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG: ~`!@#$%^&*()-_=+{}'\"<>,.?",
];

test.each(shippedFonts().map((font) => [`${font.name} ${font.width}x${font.height}`, font] as const))(
  "a screen in %s is read exactly",
  (_, font) => {
    const screen = readGrid(draw(text, font, { cols: 80, rows: 12 }));
    expect(screen?.path).toBe("exact");
    expect(screen?.lines.slice(0, text.length)).toEqual(text);
    expect(screen?.confidence).toBe(1);
  },
);

test("a text at any offset, in the middle of a larger picture, is found", () => {
  const font = shippedFonts().find(({ name }) => name === "terminus");
  if (!font) throw new Error("no font");
  const screen = readGrid(draw(text, font, { cols: 80, rows: 12, left: 37, top: 21, width: 800, height: 600 }));
  expect(screen?.lines.map((line) => line.trim()).filter((line) => line !== "")).toEqual(
    text.filter((line) => line !== ""),
  );
});

test("an unknown font is not read, and what it shows is never claimed to be sure", () => {
  const [font] = shippedFonts();
  if (!font) throw new Error("no font");
  const strange = {
    ...font,
    glyphs: font.glyphs.map(({ code, rows }) => ({
      code,
      rows: rows.map((row, y) => (row * 37 + y * 11 * (row & 1)) & 0xff),
    })),
  };
  const screen = readGrid(draw(text, strange, { cols: 80, rows: 12 }));
  const certain = [...(screen?.cells?.codes ?? [])].filter(
    (code, at) => code !== 0x20 && (screen?.cells?.confidence[at] ?? 0) >= sure,
  );
  expect(certain.length).toBeLessThanOrEqual(1);
});

test("a font learnt from a picture and its text reads the next picture", () => {
  const font = shippedFonts().find(({ width }) => width === 12);
  if (!font) throw new Error("no font");
  const strange = { ...font, glyphs: font.glyphs.map(({ code, rows }) => ({ code, rows: rows.toReversed() })) };
  const lesson = learnFont(draw(text, strange, { cols: 80, rows: 12 }), text.join("\n"), "strange");
  expect([lesson.font.width, lesson.font.height]).toEqual([font.width, font.height]);
  const screen = readGrid(draw(["press root to continue", "Control"], strange, { cols: 80, rows: 12 }), {
    fonts: [lesson.font],
  });
  expect(screen?.lines.slice(0, 2)).toEqual(["press root to continue", "Control"]);
  expect(screen?.font).toBe("strange");
});

test("noise and plain pictures are no text", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      let state = seed | 1;
      const data = Uint8Array.from({ length: 320 * 200 * 4 }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state & 0xff;
      });
      expect(readGrid({ width: 320, height: 200, data })).toBeUndefined();
    }),
    { numRuns: 5 },
  );
  expect(readGrid({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 4) })?.lines).toEqual([]);
});
