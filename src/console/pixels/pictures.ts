import { Kind } from "./cell-reader.ts";
import { unknown, type Lookup } from "./exact.ts";
import type { Named } from "./name-cells.ts";

/** So many cells that hang together without a glyph among them are a drawing and not text in an unknown font. */
const leastDrawing = 6;
const blank = 0x20;

/** Logos: connected cells that are no glyphs, some of many colours. They count as blank, with little confidence, and so does what looked like a character inside. */
export function clearDrawings(found: Lookup, named: Named): void {
  const { cols, rows } = found.grid;
  const { codes, confidence } = named.cells;
  const seen = new Set<number>();
  for (const start of named.unnamed) {
    if (seen.has(start) || codes[start] !== unknown) continue;
    const region = connected(start, { cols, rows }, (at) => codes[at] === unknown, seen);
    const colourful = region.filter((at) => found.kinds[at] === Kind.manyColours).length;
    if (region.length < leastDrawing || colourful * 5 < region.length) continue;
    for (const at of region) [codes[at], confidence[at]] = [blank, 40];
    clearInside(region, named, cols);
  }
}

interface Extent {
  cols: number;
  rows: number;
}

function connected(
  start: number,
  { cols, rows }: Extent,
  belongs: (at: number) => boolean,
  seen: Set<number>,
): number[] {
  const region: number[] = [];
  const open = [start];
  seen.add(start);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    region.push(at);
    const [column, row] = [at % cols, Math.floor(at / cols)];
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y += 1) {
      for (let x = Math.max(0, column - 1); x <= Math.min(cols - 1, column + 1); x += 1) {
        const near = y * cols + x;
        if (seen.has(near) || !belongs(near)) continue;
        seen.add(near);
        open.push(near);
      }
    }
  }
  return region;
}

/** Cells that touch the drawing on at least three sides belong to it. */
function clearInside(region: readonly number[], { cells }: Named, cols: number): void {
  const drawing = new Set(region);
  for (const at of region) {
    for (const near of [at - 1, at + 1, at - cols, at + cols]) {
      if (drawing.has(near) || cells.codes[near] === blank || cells.codes[near] === undefined) continue;
      const sides = [near - 1, near + 1, near - cols, near + cols].filter((side) => drawing.has(side)).length;
      if (sides >= 2) [cells.codes[near], cells.confidence[near]] = [blank, 40];
    }
  }
}
