import type { Glyph } from "../../src/fonts/font.ts";

interface Psf {
  width: number;
  height: number;
  glyphs: Glyph[];
}

/** Linux console fonts, PSF 1 and PSF 2, with their Unicode tables. A glyph goes by the first character of its line in the table, as the kernel does when it maps back. */
export function readPsf(bytes: Buffer): Psf {
  return bytes.readUInt16LE(0) === 0x0436 ? psf1(bytes) : psf2(bytes);
}

function psf1(bytes: Buffer): Psf {
  const [mode, height] = [bytes.readUInt8(2), bytes.readUInt8(3)];
  const count = mode & 1 ? 512 : 256;
  const codes: number[] = [];
  let first = true;
  for (let at = 4 + count * height; at + 1 < bytes.length && codes.length < count; at += 2) {
    const code = bytes.readUInt16LE(at);
    if (first) codes.push(code === 0xffff ? 0 : code);
    first = code === 0xffff;
  }
  return { width: 8, height, glyphs: shapes(bytes.subarray(4), 8, height, codes) };
}

function psf2(bytes: Buffer): Psf {
  const word = (index: number) => bytes.readUInt32LE(index * 4);
  const [start, count, size, height, width] = [word(2), word(4), word(5), word(6), word(7)];
  const lines: Buffer[] = [];
  let at = start + count * size;
  while (at < bytes.length && lines.length < count) {
    const end = bytes.indexOf(0xff, at);
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  const codes = lines.map((line) => line.toString("utf8").codePointAt(0) ?? 0);
  return { width, height, glyphs: shapes(bytes.subarray(start), width, height, codes) };
}

function shapes(bytes: Buffer, width: number, height: number, codes: readonly number[]): Glyph[] {
  const perRow = Math.ceil(width / 8);
  return codes.flatMap((code, index) => {
    if (code === 0) return [];
    const at = index * perRow * height;
    const rows = Uint32Array.from(
      { length: height },
      (_, y) => bytes.readUIntBE(at + y * perRow, perRow) >>> (perRow * 8 - width),
    );
    return [{ code, rows }];
  });
}
