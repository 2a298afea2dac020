import { gunzipSync, gzipSync } from "node:zlib";

/** One picture of a character: `rows[y]` holds a row of pixels, the leftmost in bit `width - 1`. */
export interface Glyph {
  /** The Unicode code point that it stands for. */
  readonly code: number;
  readonly rows: Uint32Array;
}

/** A bitmap font as firmware, boot loaders and kernels draw with it. Several glyphs may stand for one character, one per variant of the font. */
export interface Font {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly glyphs: readonly Glyph[];
}

const magic = "rackhand glyphs 1";

/** No font on a console is larger; keeps a hostile file small in memory. */
const most = { width: 32, height: 64, glyphs: 65_536 };

/** A line of JSON about the font, then each glyph: its code point in 4 bytes, then its rows, each in as many whole bytes as the width needs. */
export function encodeFont(font: Font): Buffer {
  const perRow = Math.ceil(font.width / 8);
  const size = 4 + perRow * font.height;
  const head = JSON.stringify({
    magic,
    name: font.name,
    width: font.width,
    height: font.height,
    count: font.glyphs.length,
  });
  const body = Buffer.alloc(size * font.glyphs.length);
  for (const [index, { code, rows }] of font.glyphs.entries()) {
    body.writeUInt32LE(code, index * size);
    for (let y = 0; y < font.height; y += 1) {
      const at = index * size + 4 + y * perRow;
      body.writeUIntBE((rows[y] ?? 0) >>> 0, at, perRow);
    }
  }
  return gzipSync(Buffer.concat([Buffer.from(`${head}\n`), body]), { level: 9 });
}

/** Reads what {@link encodeFont} wrote; undefined when it is anything else. */
export function decodeFont(file: Uint8Array): Font | undefined {
  const bytes = unpack(file);
  const end = bytes?.indexOf(10) ?? -1;
  if (bytes === undefined || end < 0 || end > 1000) return undefined;
  const head = header(bytes.toString("utf8", 0, end));
  if (head === undefined) return undefined;
  const perRow = Math.ceil(head.width / 8);
  const size = 4 + perRow * head.height;
  if (bytes.length !== end + 1 + size * head.count) return undefined;
  const glyphs = Array.from({ length: head.count }, (_, index) => {
    const at = end + 1 + index * size;
    const rows = Uint32Array.from({ length: head.height }, (_row, y) => bytes.readUIntBE(at + 4 + y * perRow, perRow));
    return { code: bytes.readUInt32LE(at), rows };
  });
  return { name: head.name, width: head.width, height: head.height, glyphs };
}

function unpack(file: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(file, { maxOutputLength: 32 * 1024 * 1024 });
  } catch {
    return undefined;
  }
}

interface Header {
  name: string;
  width: number;
  height: number;
  count: number;
}

function header(line: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { magic: word, name, width, height, count } = value as Record<string, unknown>;
  const sized = within(width, most.width) && within(height, most.height) && within(count, most.glyphs);
  return word === magic && typeof name === "string" && sized ? { name, width, height, count } : undefined;
}

function within(value: unknown, limit: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= limit;
}
