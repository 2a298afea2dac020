import { shippedFonts } from "#fonts/catalog.ts";
import type { Font } from "#fonts/font.ts";
import type { Picture } from "./picture.ts";
import { Kind, type Pixels } from "./pixels/cell-reader.ts";
import { chooseLayout } from "./pixels/choose-layout.ts";
import { takeCursor } from "./pixels/cursor.ts";
import { lookUp, type ExactGrid, type Lookup } from "./pixels/exact.ts";
import { findGrid } from "./pixels/find-grid.ts";
import { settleFrame } from "./pixels/frames.ts";
import { buildIndexes, type GlyphIndex } from "./pixels/glyph-index.ts";
import { lookUpOnGradient } from "./pixels/gradient.ts";
import { nameCells } from "./pixels/name-cells.ts";
import { clearDrawings } from "./pixels/pictures.ts";
import { pixelsOf } from "./pixels/pixels.ts";
import { planesOf } from "./pixels/plane.ts";
import { repair } from "./pixels/repair.ts";
import { readTolerant } from "./pixels/tolerant.ts";
import { linesOf, meanConfidence, type Cells, type Cursor, type Screen } from "./screen.ts";

/** What share of the cells with ink must be known glyphs for a picture to count as undamaged. */
const undamaged = 0.9;

const known = new WeakMap<readonly Font[], GlyphIndex[]>();
function indexesOf(fonts: readonly Font[]): GlyphIndex[] {
  const built = known.get(fonts) ?? buildIndexes(fonts);
  known.set(fonts, built);
  return built;
}

export function readScreen(picture: Picture): Screen {
  const pixels = pixelsOf(picture);
  const indexes = indexesOf(shippedFonts());
  const exact = readExact(pixels, indexes);
  if (exact && isUndamaged(exact.found)) return exact.screen();
  return readDamaged(pixels, indexes) ?? exact?.screen() ?? nothing();
}

/** Nearly all that is drawn are known glyphs, and most of them in two plain colours, which no compression leaves. */
function isUndamaged({ hits, inked, kinds }: Lookup): boolean {
  const many = kinds.reduce((sum, kind) => sum + (kind === Kind.manyColours ? 1 : 0), 0);
  return hits >= undamaged * inked && many * 3 <= inked;
}

function readExact(pixels: Pixels, indexes: readonly GlyphIndex[]): { found: Lookup; screen: () => Screen } | undefined {
  const grid = findGrid(pixels, indexes);
  if (grid === undefined) return undefined;
  const found = lookUp(pixels, settleFrame(pixels, grid));
  lookUpOnGradient(pixels, found);
  return { found, screen: () => exactScreen(pixels, found) };
}

function exactScreen(pixels: Pixels, found: Lookup): Screen {
  const named = nameCells(found);
  const hidden = repair(pixels, found, named);
  clearDrawings(found, named);
  const cursor = hidden ?? takeCursor(named.cells, found.grid, named.order, false);
  return toScreen(found.grid, named.cells, cursor, found.grid.index.fonts[named.order[0] ?? 0]?.name ?? "", "exact");
}

function readDamaged(pixels: Pixels, indexes: readonly GlyphIndex[]): Screen | undefined {
  const planes = planesOf(pixels);
  const choice = chooseLayout(pixels, planes.luma, indexes);
  if (choice === undefined) return undefined;
  const { layout, font } = choice;
  if (process.env["V"]) console.log(choice.score.toFixed(3), font.name, layout.grid.cellWidth, layout.grid.cellHeight, layout.filter);
  const cells = readTolerant(planes, layout, font);
  const cursor = takeCursor(cells, layout.grid, [layout.grid.index.fonts.indexOf(font)], true);
  return toScreen(layout.grid, cells, cursor, font.name, "tolerant");
}

function toScreen(grid: ExactGrid, cells: Cells, cursor: Cursor | undefined, font: string, path: "exact" | "tolerant"): Screen {
  const { cols, rows, left, top, cellWidth, cellHeight } = grid;
  return {
    cols,
    rows,
    lines: linesOf(cells.codes, cols),
    cells,
    ...(cursor ? { cursor } : {}),
    confidence: meanConfidence(cells),
    font,
    path,
    grid: { left, top, cellWidth, cellHeight },
  };
}

function nothing(): Screen {
  return { cols: 0, rows: 0, lines: [], confidence: 0, path: "tolerant" };
}
