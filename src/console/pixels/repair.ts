import type { Cursor } from "../screen.ts";
import { CellReader, Kind, type Pixels } from "./cell-reader.ts";
import type { Lookup } from "./exact.ts";
import type { GlyphIndex } from "./glyph-index.ts";
import { rgb, type Named } from "./name-cells.ts";

/** Names what the plain look-up could not: characters under a cursor. Returns the cursor when it was met. */
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
