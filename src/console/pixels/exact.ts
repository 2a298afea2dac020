import { CellReader, colourStep, Kind, type Pixels } from "./cell-reader.ts";
import { findShape, type GlyphIndex, type Name, type Shape } from "./glyph-index.ts";

/** A grid at whole pixels. */
export interface ExactGrid {
  readonly index: GlyphIndex;
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly cols: number;
  readonly rows: number;
}

/** Two colours as near as this (of 255) are one colour to the eye: a gradient's steps, dithering. */
const leastStep = 6;

export const unknown = 0xfffd;

/** Cells that were looked up, not yet named. */
export interface Lookup {
  readonly grid: ExactGrid;
  readonly shapes: (Shape | undefined)[];
  readonly kinds: Uint8Array;
  /** The colour of the top left pixel, and the other one, as the picture has them. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  /** Cells that are not of one colour, and how many of them are known glyphs. */
  inked: number;
  hits: number;
}

/** Looks every cell of the grid up. */
export function lookUp(pixels: Pixels, grid: ExactGrid): Lookup {
  const { index, cols, rows } = grid;
  const count = cols * rows;
  const reader = new CellReader(pixels, index.width, index.height, grid.cellWidth > index.width);
  const found: Lookup = {
    grid,
    shapes: Array.from({ length: count }),
    kinds: new Uint8Array(count),
    first: new Uint32Array(count),
    second: new Uint32Array(count),
    inked: 0,
    hits: 0,
  };
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < cols; column += 1, at += 1) lookUpCell(reader, found, at, column, row);
  }
  return found;
}

function lookUpCell(reader: CellReader, found: Lookup, at: number, column: number, row: number): void {
  const { grid } = found;
  let kind = reader.read(grid.left + column * grid.cellWidth, grid.top + row * grid.cellHeight);
  if (kind === Kind.twoColours && colourStep(reader.first, reader.second) < leastStep) kind = Kind.plain;
  found.kinds[at] = kind;
  found.first[at] = reader.first;
  found.second[at] = reader.second;
  if (kind === Kind.plain) return;
  found.inked += 1;
  if (kind !== Kind.twoColours) return;
  const shape = findShape(grid.index, reader.hash, reader.rows);
  if (shape === undefined) return;
  found.shapes[at] = shape;
  found.hits += 1;
}

/** How many cells each font of the index could have drawn, the rarer its glyph the more it tells. */
export function voteFonts(found: Lookup): number[] {
  const { fonts } = found.grid.index;
  const votes = fonts.map(() => 0);
  for (const shape of found.shapes) {
    if (shape === undefined) continue;
    for (const font of new Set(shape.names.map((name) => name.font))) votes[font] = (votes[font] ?? 0) + 1;
  }
  return fonts.map((_, font) => font).toSorted((a, b) => (votes[b] ?? 0) - (votes[a] ?? 0) || a - b);
}

/** The name of a shape: of the font that drew most of the screen, and with paper where its surroundings have paper. */
export function nameShape(shape: Shape, order: readonly number[], inverted: boolean): Name | undefined {
  if (shape.names.length === 1) return shape.names[0];
  let best: Name | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const name of shape.names) {
    const rank = order.indexOf(name.font) * 2 + (name.inverted === inverted ? 0 : 1);
    if (rank < bestRank) [best, bestRank] = [name, rank];
  }
  return best;
}
