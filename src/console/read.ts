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
import { isLetter, lookUpOnGradient } from "./pixels/gradient.ts";
import { nameCells } from "./pixels/name-cells.ts";
import { clearDrawings } from "./pixels/pictures.ts";
import { pixelsOf } from "./pixels/pixels.ts";
import { planesOf } from "./pixels/plane.ts";
import { repair } from "./pixels/repair.ts";
import { readTolerant } from "./pixels/tolerant.ts";
import { linesOf, meanConfidence, sure, type Cells, type Cursor, type Screen } from "./screen.ts";

/** What share of the cells with ink must be known glyphs for a picture to count as undamaged. */
const undamaged = 0.9;

/** How much of the way from chance to perfection a sample of cells must fit; less is a photo, noise, or text on no grid. */
const leastLikeness = 0.45;

const known = new WeakMap<readonly Font[], GlyphIndex[]>();
function indexesOf(fonts: readonly Font[]): GlyphIndex[] {
  const built = known.get(fonts) ?? buildIndexes(fonts);
  known.set(fonts, built);
  return built;
}

export interface ReadOptions {
  /** Fonts besides those that come with rackhand, such as an estate's own. */
  readonly fonts?: readonly Font[];
}

/** Reads a picture of a console as text; with Tesseract when no grid of characters is found in it. */
export async function readScreen(picture: Picture, options: ReadOptions = {}): Promise<Screen> {
  const screen = readGrid(picture, options);
  if (screen !== undefined) return screen;
  const { readByOcr } = await import("./ocr.ts");
  return readByOcr(picture);
}

/** Reads a picture that shows a grid of characters; undefined when there is none. A picture of one colour is an empty screen. */
export function readGrid(picture: Picture, { fonts = [] }: ReadOptions = {}): Screen | undefined {
  const pixels = pixelsOf(picture);
  if (isPlain(pixels)) return { cols: 0, rows: 0, lines: [], confidence: 1, path: "exact" };
  const indexes = indexesOf(fonts.length > 0 ? allFonts(fonts) : shippedFonts());
  const exact = readExact(pixels, indexes);
  if (exact && isUndamaged(exact.found)) return exact.screen();
  return readDamaged(pixels, indexes, exact?.found) ?? exact?.screen();
}

/** Nearly all that is drawn are known glyphs, most of them in two plain colours, which no compression leaves. Of the rest a logo may be a good part. */
function isUndamaged({ hits, inked, kinds, shapes }: Lookup): boolean {
  let [plain, read] = [0, 0];
  for (const [at, kind] of kinds.entries()) {
    if (kind !== Kind.twoColours) continue;
    plain += 1;
    if (shapes[at]) read += 1;
  }
  return (hits >= undamaged * inked && plain * 3 >= inked * 2) || (read >= undamaged * plain && plain * 2 >= inked);
}

function readExact(
  pixels: Pixels,
  indexes: readonly GlyphIndex[],
): { found: Lookup; screen: () => Screen } | undefined {
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
  temper(named.cells, found.hits / Math.max(1, found.inked));
  return toScreen(found.grid, named.cells, cursor, found.grid.index.fonts[named.order[0] ?? 0]?.name ?? "", "exact");
}

function readDamaged(pixels: Pixels, indexes: readonly GlyphIndex[], exact: Lookup | undefined): Screen | undefined {
  const planes = planesOf(pixels);
  const choice = chooseLayout(pixels, planes.luma, indexes);
  if (choice === undefined || choice.score < leastLikeness) return undefined;
  const { layout, font } = choice;
  const cells = readTolerant(planes, layout, font);
  temper(cells, choice.score);
  if (layout.filter.shadow) clearDoubtfulFrames(cells);
  if (exact && sameGrid(exact.grid, layout.grid) && layout.filter.scaleX === 1) takeExact(cells, exact);
  const cursor = takeCursor(cells, layout.grid, [layout.grid.index.fonts.indexOf(font)], true);
  return toScreen(layout.grid, cells, cursor, font.name, "tolerant");
}

/** Bits of frames in doubt are the drawings of a menu, where letters have shadows. */
function clearDoubtfulFrames({ codes, confidence }: Cells): void {
  for (const [at, code] of codes.entries()) {
    if (code >= 0x2190 && code < 0xfffd && (confidence[at] ?? 0) < sure) codes[at] = 0x20;
  }
}

function sameGrid(one: ExactGrid, other: ExactGrid): boolean {
  const same = (key: "left" | "top" | "cellWidth" | "cellHeight" | "cols") => one[key] === other[key];
  return same("left") && same("top") && same("cellWidth") && same("cellHeight") && same("cols");
}

/** Where likeness is in doubt and a letter was found bit by bit (letters with shadows on a gradient), that is it. */
function takeExact(cells: Cells, exact: Lookup): void {
  const named = nameCells(exact).cells;
  for (const [at, shape] of exact.shapes.entries()) {
    if (!isLetter(shape) || (cells.codes[at] !== 0x20 && (cells.confidence[at] ?? 0) >= sure)) continue;
    cells.codes[at] = named.codes[at] ?? 0xfffd;
    cells.confidence[at] = sure;
  }
}

/** How much of a screen must be understood for a single character of it to be believed. */
const understood = 0.75;

/** A character among many that fit nothing is chance: what is understood of the whole tempers each. */
function temper({ confidence }: Cells, share: number): void {
  if (share >= understood) return;
  for (const [at, value] of confidence.entries()) confidence[at] = (value * share) / understood;
}

function toScreen(
  grid: ExactGrid,
  cells: Cells,
  cursor: Cursor | undefined,
  font: string,
  path: "exact" | "tolerant",
): Screen {
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

function isPlain({ data }: Pixels): boolean {
  const first = data[0];
  return data.every((pixel) => pixel === first);
}

const joined = new WeakMap<readonly Font[], readonly Font[]>();

/** The same list for the same fonts, so that their index is built once. */
function allFonts(fonts: readonly Font[]): readonly Font[] {
  const all = joined.get(fonts) ?? [...fonts, ...shippedFonts()];
  joined.set(fonts, all);
  return all;
}
