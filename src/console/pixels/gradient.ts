import { CellReader, Kind, type Pixels } from "./cell-reader.ts";
import type { Lookup } from "./exact.ts";
import { findShape, type GlyphIndex, type Shape } from "./glyph-index.ts";

/** Glyphs of fewer pixels are found by chance in any drawing. */
const leastInk = 6;
/** Above are arrows, frames and blocks, of which any drawing is full. */
const lastLetter = 0x2190;

/** Looks up what stands on paper of many colours: text over gradients and drawings, letters with shadows, ink that lets the paper shine through. */
export function lookUpOnGradient(pixels: Pixels, found: Lookup): void {
  const { grid } = found;
  const { index } = grid;
  const reader = new CellReader(pixels, index.width, index.height, grid.cellWidth > index.width);
  for (const [at, kind] of found.kinds.entries()) {
    if (kind !== Kind.manyColours) continue;
    const left = grid.left + (at % grid.cols) * grid.cellWidth;
    const top = grid.top + Math.floor(at / grid.cols) * grid.cellHeight;
    found.first[at] = pixels.data[top * pixels.width + left] ?? 0;
    const [shape, ink] = byInk(pixels, reader, index, left, top) ?? byContrast(reader, index, left, top);
    found.second[at] = ink;
    if (shape) {
      found.shapes[at] = shape;
      found.hits += 1;
    } else if (!reader.readContrast(left, top, true) && !reader.readContrast(left, top, false)) {
      found.kinds[at] = Kind.plain;
      found.inked -= 1;
    }
  }
}

/** A letter of some size, black on white in the pattern. */
export function isLetter(shape: Shape | undefined): shape is Shape {
  if (shape === undefined || shape.weight < leastInk) return false;
  return shape.names.some(({ code, inverted }) => !inverted && code < lastLetter);
}

/** Each frequent colour of the cell is tried as the ink. */
function byInk(
  pixels: Pixels,
  reader: CellReader,
  index: GlyphIndex,
  left: number,
  top: number,
): [Shape, number] | undefined {
  for (const [colour, count] of frequent(pixels, index, left, top)) {
    if (count < leastInk) return undefined;
    reader.readInk(left, top, colour);
    const shape = findShape(index, reader.hash, reader.rows);
    if (isLetter(shape)) return [shape, colour];
  }
  return undefined;
}

function frequent(pixels: Pixels, index: GlyphIndex, left: number, top: number): [number, number][] {
  const counts = new Map<number, number>();
  for (let y = top; y < top + index.height; y += 1) {
    for (let x = left; x < left + index.width; x += 1) {
      const colour = pixels.data[y * pixels.width + x] ?? 0;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 4);
}

/** What is clearly brighter than the paper is tried as ink, then what is clearly darker. */
export function byContrast(
  reader: CellReader,
  index: GlyphIndex,
  left: number,
  top: number,
): [Shape | undefined, number] {
  for (const brighter of [true, false]) {
    if (!reader.readContrast(left, top, brighter)) continue;
    const shape = findShape(index, reader.hash, reader.rows);
    if (isLetter(shape)) return [shape, brighter ? 0xffffff : 0];
  }
  return [undefined, 0];
}
