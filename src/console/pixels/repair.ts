import type { Cursor } from "../screen.ts";
import { CellReader, Kind, type Pixels } from "./cell-reader.ts";
import { nameShape, type Lookup } from "./exact.ts";
import { findShape, type GlyphIndex } from "./glyph-index.ts";
import { rgb, type Named } from "./name-cells.ts";

/** So few pixels of one colour are found in any picture. */
const leastInk = 5;

/** Names what the plain look-up could not: characters under a cursor, and characters on paper of many colours. Returns the cursor when it was met. */
export function repair(pixels: Pixels, found: Lookup, named: Named): Cursor | undefined {
  const { grid } = found;
  const { index } = grid;
  const reader = new CellReader(pixels, index.width, index.height, grid.cellWidth > index.width);
  let cursor: Cursor | undefined;
  let cursors = 0;
  for (const at of named.unnamed) {
    const [column, row] = [at % grid.cols, Math.floor(at / grid.cols)];
    const [left, top] = [grid.left + column * grid.cellWidth, grid.top + row * grid.cellHeight];
    if (found.kinds[at] === Kind.twoColours && cursors < 4) {
      reader.read(left, top);
      const code = underCursor(reader.rows, index, named.order);
      if (code !== undefined) {
        cursors += 1;
        cursor = { column, row };
        put(named, at, code, 95, reader.second, reader.first);
        continue;
      }
    }
    if (found.kinds[at] !== Kind.manyColours) continue;
    const cell = { left, top, at };
    if (!byInk(pixels, reader, cell, index, named)) byContrast(pixels, reader, cell, index, named);
  }
  return cursors === 1 ? cursor : undefined;
}

function put(named: Named, at: number, code: number, confidence: number, ink: number, paper: number): void {
  const { cells } = named;
  cells.codes[at] = code;
  cells.confidence[at] = confidence;
  cells.foreground[at] = rgb(ink);
  cells.background[at] = rgb(paper);
}

/** A cursor is some full rows in the lower half of a cell; the rows that it leaves free must fit one character of the font, and one only (ASCII first). */
function underCursor(rows: Uint32Array, index: GlyphIndex, order: readonly number[]): number | undefined {
  const full = index.width === 32 ? 0xffffffff : 2 ** index.width - 1;
  let to = index.height;
  while (to > index.height / 2 && rows[to - 1] !== full) to -= 1;
  let from = to;
  while (from > index.height / 2 && rows[from - 1] === full) from -= 1;
  if (from === to || to - from > 4) return undefined;
  const codes = new Set<number>();
  for (const glyph of index.fonts[order[0] ?? 0]?.glyphs ?? []) {
    if (glyph.rows.every((bits, y) => (y >= from && y < to) || bits === rows[y])) codes.add(glyph.code);
  }
  const plain = [...codes].filter((code) => code < 0x7f);
  if (plain.includes(0x20)) return 0x20;
  const likely = plain.length > 0 ? plain : [...codes];
  return likely.length === 1 ? likely[0] : undefined;
}

/** A character in one colour on paper of many, a gradient for instance: each frequent colour of the cell is tried as the ink. */
function byInk(
  pixels: Pixels,
  reader: CellReader,
  cell: { left: number; top: number; at: number },
  index: GlyphIndex,
  named: Named,
): boolean {
  for (const [colour, count] of frequent(pixels, cell, index)) {
    if (count < leastInk) break;
    reader.readInk(cell.left, cell.top, colour);
    const shape = findShape(index, reader.hash, reader.rows);
    const name = shape && nameShape(shape, named.order, false);
    if (name === undefined || name.inverted) continue;
    put(named, cell.at, name.code, 90, colour, pixels.data[cell.top * pixels.width + cell.left] ?? 0);
    return true;
  }
  return false;
}

/** A character that lets the paper shine through, or has a shadow: what is clearly brighter or darker than the paper is tried as ink. */
function byContrast(
  pixels: Pixels,
  reader: CellReader,
  cell: { left: number; top: number; at: number },
  index: GlyphIndex,
  named: Named,
): void {
  const paper = pixels.data[cell.top * pixels.width + cell.left] ?? 0;
  let contrast = false;
  for (const brighter of [true, false]) {
    if (!reader.readContrast(cell.left, cell.top, brighter)) continue;
    contrast = true;
    const shape = findShape(index, reader.hash, reader.rows);
    const name = shape && nameShape(shape, named.order, false);
    if (name === undefined || name.inverted) continue;
    put(named, cell.at, name.code, 85, brighter ? 0xffffff : 0, paper);
    return;
  }
  if (!contrast) put(named, cell.at, 0x20, 90, paper, paper);
}

function frequent(pixels: Pixels, { left, top }: { left: number; top: number }, index: GlyphIndex): [number, number][] {
  const counts = new Map<number, number>();
  for (let y = top; y < top + index.height; y += 1) {
    for (let x = left; x < left + index.width; x += 1) {
      const colour = pixels.data[y * pixels.width + x] ?? 0;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 4);
}
