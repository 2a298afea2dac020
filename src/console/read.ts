import { shippedFonts } from "#fonts/catalog.ts";
import type { Font } from "#fonts/font.ts";
import type { Picture } from "./picture.ts";
import { lookUp } from "./pixels/exact.ts";
import { takeCursor } from "./pixels/cursor.ts";
import { findGrid } from "./pixels/find-grid.ts";
import { settleFrame } from "./pixels/frames.ts";
import { buildIndexes, type GlyphIndex } from "./pixels/glyph-index.ts";
import { nameCells } from "./pixels/name-cells.ts";
import { clearDrawings } from "./pixels/pictures.ts";
import { pixelsOf } from "./pixels/pixels.ts";
import { repair } from "./pixels/repair.ts";
import { linesOf, meanConfidence, type Screen } from "./screen.ts";

const known = new WeakMap<readonly Font[], GlyphIndex[]>();
function indexesOf(fonts: readonly Font[]): GlyphIndex[] {
  const built = known.get(fonts) ?? buildIndexes(fonts);
  known.set(fonts, built);
  return built;
}

export function readScreen(picture: Picture): Screen {
  const pixels = pixelsOf(picture);
  const indexes = indexesOf(shippedFonts());
  const found0 = findGrid(pixels, indexes);
  if (!found0) return { cols: 80, rows: 25, lines: [], confidence: 0, path: "exact" };
  const best = lookUp(pixels, settleFrame(pixels, found0));
  const named = nameCells(best);
  const hidden = repair(pixels, best, named);
  clearDrawings(best, named);
  const cursor = hidden ?? takeCursor(named.cells, best.grid, named.order);
  const { grid } = best;
  return {
    cols: grid.cols,
    rows: grid.rows,
    lines: linesOf(named.cells.codes, grid.cols),
    cells: named.cells,
    ...(cursor ? { cursor } : {}),
    confidence: meanConfidence(named.cells),
    font: grid.index.fonts[named.order[0] ?? 0]?.name ?? "",
    path: "exact",
    grid: { left: grid.left, top: grid.top, cellWidth: grid.cellWidth, cellHeight: grid.cellHeight },
    picture,
  };
}
