import type { Font } from "#fonts/font.ts";

/** What a shape stands for in one font. */
export interface Name {
  readonly font: number;
  readonly code: number;
  /** The glyph has ink in its top left pixel, so the shape is its negative. */
  readonly inverted: boolean;
}

/** A pattern of two colours; bits are 0 where the pixel is as the top left one. */
export interface Shape {
  readonly rows: Uint32Array;
  readonly names: Name[];
  /** Pixels that differ from the top left one. */
  readonly weight: number;
  next: Shape | undefined;
}

/** All glyphs of one size, by their shape. */
export interface GlyphIndex {
  readonly width: number;
  readonly height: number;
  readonly fonts: readonly Font[];
  readonly shapes: ReadonlyMap<number, Shape>;
}

/** Mixes the rows of a shape into 32 bits. */
export function hashRows(rows: Uint32Array, height: number): number {
  let hash = 0x811c9dc5;
  for (let y = 0; y < height; y += 1) {
    hash = Math.imul(hash ^ (rows[y] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}

export function findShape(index: GlyphIndex, hash: number, rows: Uint32Array): Shape | undefined {
  let shape = index.shapes.get(hash);
  while (shape !== undefined && !same(shape.rows, rows, index.height)) shape = shape.next;
  return shape;
}

function same(one: Uint32Array, other: Uint32Array, height: number): boolean {
  for (let y = 0; y < height; y += 1) if (one[y] !== other[y]) return false;
  return true;
}

/** One index per glyph size, in the order in which the sizes are worth trying. */
export function buildIndexes(fonts: readonly Font[]): GlyphIndex[] {
  const bySize = new Map<string, Font[]>();
  for (const font of fonts) {
    const size = `${font.width}x${font.height}`;
    bySize.set(size, [...(bySize.get(size) ?? []), font]);
  }
  const common = ["8x16", "8x19", "8x8", "16x32", "12x24"];
  const place = (size: string) => (common.includes(size) ? common.indexOf(size) : common.length);
  return [...bySize].toSorted(([a], [b]) => place(a) - place(b)).map(([, some]) => buildIndex(some));
}

function buildIndex(fonts: readonly Font[]): GlyphIndex {
  const { width = 0, height = 0 } = fonts[0] ?? {};
  const shapes = new Map<number, Shape>();
  const full = width === 32 ? 0xffffffff : (1 << width) - 1;
  for (const [font, { glyphs }] of fonts.entries()) {
    for (const glyph of glyphs) {
      const inverted = (glyph.rows[0] ?? 0) >>> (width - 1) === 1;
      const rows = inverted ? glyph.rows.map((row) => (row ^ full) >>> 0) : glyph.rows;
      add(shapes, rows, height, { font, code: glyph.code, inverted });
    }
  }
  return { width, height, fonts, shapes };
}

function add(shapes: Map<number, Shape>, rows: Uint32Array, height: number, name: Name): void {
  const hash = hashRows(rows, height);
  const first = shapes.get(hash);
  for (let shape = first; shape !== undefined; shape = shape.next) {
    if (!same(shape.rows, rows, height)) continue;
    const known = shape.names.some(
      ({ font, code, inverted }) => font === name.font && code === name.code && inverted === name.inverted,
    );
    if (!known) shape.names.push(name);
    return;
  }
  shapes.set(hash, { rows, names: [name], weight: ink(rows), next: first });
}

function ink(rows: Uint32Array): number {
  let count = 0;
  for (let row of rows) for (; row !== 0; row = (row & (row - 1)) >>> 0) count += 1;
  return count;
}
