import { hashRows } from "./glyph-index.ts";

/** A picture with a pixel in each number. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint32Array;
}

/** What a cell was found to be made of. */
export const Kind = { plain: 0, twoColours: 1, manyColours: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Steps of brightness (of 255) that a gradient may make within a cell without being ink. */
const leastContrast = 24;

/** ITU-R BT.601 brightness of a pixel whose red lies in the lowest byte. */
export function luma(pixel: number): number {
  return ((pixel & 0xff) * 77 + ((pixel >>> 8) & 0xff) * 150 + ((pixel >>> 16) & 0xff) * 29) >>> 8;
}

/** By how much the most different channel of two pixels differs. */
export function colourStep(one: number, other: number): number {
  const red = Math.abs((one & 0xff) - (other & 0xff));
  const green = Math.abs(((one >>> 8) & 0xff) - ((other >>> 8) & 0xff));
  return Math.max(red, green, Math.abs(((one >>> 16) & 0xff) - ((other >>> 16) & 0xff)));
}

function medianOf(counts: Uint16Array, half: number): number {
  let [value, seen] = [0, counts[0] ?? 0];
  while (seen < half && value < 255) {
    value += 1;
    seen += counts[value] ?? 0;
  }
  return value;
}

/** Takes cells out of a picture as patterns of two colours. One object for a whole picture: nothing is allocated per cell. */
export class CellReader {
  /** The cell read last: bits are 1 where the pixel differs from the top left one. */
  readonly rows: Uint32Array;
  hash = 0;
  first = 0;
  second = 0;
  readonly #pixels: Pixels;
  readonly #width: number;
  readonly #height: number;
  readonly #ninth: boolean;

  /** `ninth`: cells have one more column than their glyphs, blank or like the one before it, as in VGA text modes. */
  constructor(pixels: Pixels, width: number, height: number, ninth: boolean) {
    this.#pixels = pixels;
    this.#width = width;
    this.#height = height;
    this.#ninth = ninth;
    this.rows = new Uint32Array(height);
  }

  read(left: number, top: number): Kind {
    const { data, width: stride } = this.#pixels;
    const [width, height, rows] = [this.#width, this.#height, this.rows];
    let at = top * stride + left;
    const first = data[at] ?? 0;
    let second = first;
    for (let y = 0; y < height; y += 1, at += stride) {
      let bits = 0;
      for (let x = 0; x < width; x += 1) {
        const pixel = data[at + x] ?? 0;
        if (pixel === first) bits <<= 1;
        else {
          if (second === first) second = pixel;
          else if (pixel !== second) return Kind.manyColours;
          bits = (bits << 1) | 1;
        }
      }
      rows[y] = bits;
    }
    this.first = first;
    this.second = second;
    if (this.#ninth && !this.#ninthFits(top * stride + left + width)) return Kind.manyColours;
    if (second === first) return Kind.plain;
    this.hash = hashRows(rows, height);
    return Kind.twoColours;
  }

  /** A pattern of the pixels that have just this colour, whatever the others are. */
  readInk(left: number, top: number, colour: number): void {
    const { data, width: stride } = this.#pixels;
    let at = top * stride + left;
    for (let y = 0; y < this.#height; y += 1, at += stride) {
      let bits = 0;
      for (let x = 0; x < this.#width; x += 1) bits = (bits << 1) | (data[at + x] === colour ? 1 : 0);
      this.rows[y] = bits;
    }
    this.hash = hashRows(this.rows, this.#height);
  }

  /** A pattern of the pixels that are brighter (or darker) than the cell's middle brightness by more than half of what the brightest one is. */
  readContrast(left: number, top: number, brighter: boolean): boolean {
    const { data, width: stride } = this.#pixels;
    const counts = new Uint16Array(256);
    let extreme = brighter ? 0 : 255;
    for (let y = 0, at = top * stride + left; y < this.#height; y += 1, at += stride) {
      for (let x = 0; x < this.#width; x += 1) {
        const value = luma(data[at + x] ?? 0);
        counts[value] = (counts[value] ?? 0) + 1;
        if (brighter ? value > extreme : value < extreme) extreme = value;
      }
    }
    const middle = medianOf(counts, (this.#width * this.#height) / 2);
    if (Math.abs(extreme - middle) < leastContrast) return false;
    const limit = (extreme + middle) / 2;
    for (let y = 0, at = top * stride + left; y < this.#height; y += 1, at += stride) {
      let bits = 0;
      for (let x = 0; x < this.#width; x += 1) {
        const value = luma(data[at + x] ?? 0);
        bits = (bits << 1) | ((brighter ? value > limit : value < limit) ? 1 : 0);
      }
      this.rows[y] = bits;
    }
    this.hash = hashRows(this.rows, this.#height);
    return true;
  }

  #ninthFits(start: number): boolean {
    const { data, width: stride } = this.#pixels;
    let [plain, repeated] = [true, true];
    const first = data[start];
    for (let y = 0, at = start; y < this.#height; y += 1, at += stride) {
      const pixel = data[at] ?? 0;
      if (pixel !== first) plain = false;
      if (pixel !== data[at - 1]) repeated = false;
      if (pixel !== this.first && pixel !== this.second) {
        if (this.first !== this.second) return false;
        this.second = pixel;
      }
    }
    return plain ? first === this.first || first === this.second : repeated || this.#cursorAcross(start);
  }

  /** A text cursor crosses all columns of a cell, also the ninth. */
  #cursorAcross(start: number): boolean {
    const { data, width: stride } = this.#pixels;
    for (let y = 0, at = start; y < this.#height; y += 1, at += stride) {
      let solid = true;
      for (let x = 1; x <= this.#width; x += 1) if (data[at - x] !== data[at]) solid = false;
      if (!solid && data[at] !== data[start]) return false;
    }
    return true;
  }
}
