import type { PixelFormat } from "../pixel-format.ts";

/** Opaque, as red, green, blue, alpha lie in memory on a little-endian machine (all that Node runs on today). */
export function rgba(red: number, green: number, blue: number): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Reads one pixel of `data` at a place as {@link rgba}. */
export type ReadPixel = (data: Uint8Array, at: number) => number;

/** A layout of pixels with the number of bytes that each takes. */
export interface PixelLayout {
  readonly bytes: number;
  readonly read: ReadPixel;
}

/** The three layouts of one pixel format: its own, ZRLE's compressed one (RFC 6143 §7.7.5) and Tight's. */
export interface Pixels {
  readonly format: PixelFormat;
  readonly plain: PixelLayout;
  readonly compressed: PixelLayout;
  readonly tight: PixelLayout;
  /** Entries of the server's table of colours, where the format has one. */
  setColour(at: number, colour: number): void;
}

const readRgb: ReadPixel = (data, at) => rgba(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);

function valueReader(bytes: number, bigEndian: boolean): ReadPixel {
  if (bytes === 1) return (data, at) => data[at] ?? 0;
  if (bytes === 2) {
    return bigEndian
      ? (data, at) => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)
      : (data, at) => ((data[at + 1] ?? 0) << 8) | (data[at] ?? 0);
  }
  const top = bytes === 4 ? (byte: number) => byte << 24 : () => 0;
  return bigEndian
    ? (data, at) =>
        (bytes === 4
          ? ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)
          : ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0)) >>> 0
    : (data, at) =>
        (top(data[at + 3] ?? 0) | ((data[at + 2] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at] ?? 0)) >>> 0;
}

function colourOf({ max, shift }: PixelFormat): (value: number) => number {
  const part = (value: number, at: 0 | 1 | 2) => {
    const most = max[at];
    const raw = (value >>> shift[at]) & most;
    return most === 255 ? raw : Math.round((raw * 255) / most);
  };
  return (value) => rgba(part(value, 0), part(value, 1), part(value, 2));
}

/** With at most 16 bits every value is looked up; the table is also what a server with a palette fills. */
function tableOf(format: PixelFormat): Uint32Array {
  const colour = format.trueColour ? colourOf(format) : () => rgba(0, 0, 0);
  return Uint32Array.from({ length: 1 << format.bits }, (_, value) => colour(value));
}

/** Which three of the four bytes hold all colours: 0 the low ones, 8 the high ones (then as a shift); undefined when it takes four. */
function packing({ bits, depth, trueColour, max, shift }: PixelFormat): 0 | 8 | undefined {
  if (bits !== 32 || depth > 24 || !trueColour) return undefined;
  const top = Math.max(...max.map((most, at) => (shift[at] ?? 0) + 32 - Math.clz32(most)));
  if (top <= 24) return 0;
  return Math.min(...shift) >= 8 ? 8 : undefined;
}

/** The format must have no `flaw`. */
export function pixelsOf(format: PixelFormat): Pixels {
  const bytes = format.bits / 8;
  const value = valueReader(bytes, format.bigEndian);
  const table = bytes < 4 ? tableOf(format) : new Uint32Array(0);
  const colour = bytes < 4 ? (index: number) => table[index] ?? 0 : colourOf(format);
  const own = format.max.every((max) => max === 255);
  const direct = own && !format.bigEndian && format.shift.join() === "0,8,16" && bytes === 4;
  const plain: PixelLayout = { bytes, read: direct ? readRgb : (data, at) => colour(value(data, at)) };
  const packed = packing(format);
  const three = valueReader(3, format.bigEndian);
  return {
    format,
    plain,
    compressed:
      packed === undefined
        ? plain
        : { bytes: 3, read: direct ? readRgb : (data, at) => colour((three(data, at) << packed) >>> 0) },
    tight: bytes === 4 && format.depth === 24 && own ? { bytes: 3, read: readRgb } : plain,
    setColour: (at, colour) => {
      if (!format.trueColour && at < table.length) table[at] = colour;
    },
  };
}
