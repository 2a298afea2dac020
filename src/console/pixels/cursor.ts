import type { Cells, Cursor } from "../screen.ts";
import type { ExactGrid } from "./exact.ts";

const blank = 0x20;

/** Characters that are nothing but a bar at the foot of the cell; consoles use them as cursor far more often than as text. */
const bars = new Set([0x2581, 0x2582, 0x23bd, 0x23bc, 0x2584]);

/**
 * A cursor on a blank cell looks like a low bar, in fonts whose underscore lies in the last row like that. The one bar of a screen, or an underscore
 * there after which nothing follows in its row, is the cursor. Its cell becomes blank.
 * In a damaged picture any underscore may be one, as a row of pixels more or less is not seen there.
 */
export function takeCursor(
  cells: Cells,
  grid: ExactGrid,
  order: readonly number[],
  damaged: boolean,
): Cursor | undefined {
  const found = [...cells.codes.keys()].filter((at) => bars.has(cells.codes[at] ?? 0));
  const at = found.length === 1 ? found[0] : lowUnderscore(cells, grid, order, damaged);
  if (at === undefined) return undefined;
  cells.codes[at] = blank;
  return { column: at % grid.cols, row: Math.floor(at / grid.cols) };
}

function lowUnderscore(cells: Cells, grid: ExactGrid, order: readonly number[], damaged: boolean): number | undefined {
  const underscore = grid.index.fonts[order[0] ?? 0]?.glyphs.find(({ code }) => code === 0x5f);
  if (!damaged && !underscore?.rows.at(-1)) return undefined;
  let last = cells.codes.length - 1;
  while (last >= 0 && cells.codes[last] === blank) last -= 1;
  const alone = last % grid.cols === 0 || cells.codes[last - 1] === blank;
  return cells.codes[last] === 0x5f && alone ? last : undefined;
}
