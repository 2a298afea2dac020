/** RFC 6143 §7.4: how a pixel's value is laid out. */
export interface PixelFormat {
  readonly bits: number;
  readonly depth: number;
  readonly bigEndian: boolean;
  readonly trueColour: boolean;
  /** Largest value of red, green, blue. */
  readonly max: readonly [number, number, number];
  /** How far to the left red, green, blue stand in the value. */
  readonly shift: readonly [number, number, number];
}

/** `server`: whatever the server has by itself, which spares it the conversion; `map8`: 8 bits through the server's table of colours. */
export type PixelChoice = "rgb888" | "rgb565" | "bgr233" | "map8" | "server";

const trueColour = { bigEndian: false, trueColour: true } as const;
/** The formats that a client may ask for. The first has the bytes in the order in which {@link Frame} keeps them. */
export const pixelFormats: Readonly<Record<Exclude<PixelChoice, "server">, PixelFormat>> = {
  rgb888: { ...trueColour, bits: 32, depth: 24, max: [255, 255, 255], shift: [0, 8, 16] },
  rgb565: { ...trueColour, bits: 16, depth: 16, max: [31, 63, 31], shift: [11, 5, 0] },
  bgr233: { ...trueColour, bits: 8, depth: 8, max: [7, 7, 3], shift: [0, 3, 6] },
  map8: { bits: 8, depth: 8, bigEndian: false, trueColour: false, max: [0, 0, 0], shift: [0, 0, 0] },
};

/** 16 bytes. */
export function encodePixelFormat(format: PixelFormat): Buffer {
  const out = Buffer.alloc(16);
  out[0] = format.bits;
  out[1] = format.depth;
  out[2] = Number(format.bigEndian);
  out[3] = Number(format.trueColour);
  format.max.forEach((max, at) => out.writeUInt16BE(max, 4 + 2 * at));
  format.shift.forEach((shift, at) => out.writeUInt8(shift, 10 + at));
  return out;
}

/** Takes 16 bytes at their word: {@link flaw} says whether they make sense. */
export function decodePixelFormat(bytes: Buffer): PixelFormat {
  return {
    bits: bytes.readUInt8(0),
    depth: bytes.readUInt8(1),
    bigEndian: bytes.readUInt8(2) !== 0,
    trueColour: bytes.readUInt8(3) !== 0,
    max: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shift: [bytes.readUInt8(10), bytes.readUInt8(11), bytes.readUInt8(12)],
  };
}

/** Why pixels of this format cannot be read; undefined when they can. */
export function flaw(format: PixelFormat): string | undefined {
  if (![8, 16, 32].includes(format.bits)) return `${format.bits} bits a pixel`;
  if (!format.trueColour) return format.bits === 32 ? "a table of colours for 32 bits" : undefined;
  const wrong = format.max.some((max, at) => max === 0 || (format.shift[at] ?? 0) + 32 - Math.clz32(max) > format.bits);
  return wrong ? "colours that lie outside of the pixel" : undefined;
}
