import type { Pixels } from "./cell-reader.ts";
import type { ExactGrid } from "./exact.ts";
import type { GlyphIndex } from "./glyph-index.ts";

/** UEFI Specification 2.10 §12.4: the text modes that every firmware offers, and the one that EDK2 adds for 800x600. */
const uefiModes = [
  [80, 25],
  [80, 50],
  [100, 31],
] as const;

/** The empty border around GRUB's graphical terminal, in pixels. */
const grubBorder = 10;

/** A grid with its extent: as much as fits between its origin and the picture's far edges. */
function fill(pixels: Pixels, index: GlyphIndex, cellWidth: number, left: number, top: number): ExactGrid {
  const cols = Math.floor((pixels.width - left) / cellWidth);
  const rows = Math.floor((pixels.height - top) / index.height);
  return { index, left, top, cellWidth, cellHeight: index.height, cols, rows };
}

function centred(pixels: Pixels, index: GlyphIndex, cols: number, rows: number): ExactGrid {
  const { width: cellWidth, height: cellHeight } = index;
  const left = Math.floor((pixels.width - cols * cellWidth) / 2);
  const top = Math.floor((pixels.height - rows * cellHeight) / 2);
  return { index, left, top, cellWidth, cellHeight, cols, rows };
}

function grub(pixels: Pixels, index: GlyphIndex): ExactGrid {
  const grid = fill(pixels, index, index.width, grubBorder, grubBorder);
  const cols = Math.floor((pixels.width - 2 * grubBorder) / index.width);
  const rows = Math.floor((pixels.height - 2 * grubBorder) / index.height);
  return { ...grid, cols, rows };
}

/** Grids of glyphs of this size where firmware, boot loaders and kernels are known to have theirs. */
function usual(pixels: Pixels, index: GlyphIndex): ExactGrid[] {
  const { width, height } = index;
  const grids: ExactGrid[] = [];
  if (width === 8 && pixels.width % 9 === 0) grids.push(fill(pixels, index, 9, 0, 0));
  grids.push(fill(pixels, index, width, 0, 0));
  if (width === 8 && height === 19) {
    const whole = [Math.floor(pixels.width / width), Math.floor(pixels.height / height)] as const;
    grids.push(...[...uefiModes, whole].map(([cols, rows]) => centred(pixels, index, cols, rows)));
  }
  if (height === 16) grids.push(grub(pixels, index), fill(pixels, index, width, 0, 8));
  return grids.filter(({ left, top, cols, rows }) => left >= 0 && top >= 0 && cols > 0 && rows > 0);
}

/** Where to look first. */
export function likelyFrames(pixels: Pixels, indexes: readonly GlyphIndex[]): ExactGrid[] {
  return indexes.flatMap((index) => usual(pixels, index));
}

/** The extent of a grid of which only the phase is known: a usual one of this phase that leaves no ink outside, else all that fits. */
export function frameOf(pixels: Pixels, index: GlyphIndex, cellWidth: number, left: number, top: number): ExactGrid {
  return fill(pixels, index, cellWidth, left % cellWidth, top % index.height);
}

/** The smallest usual grid of the same phase that holds all ink of the picture. */
export function settleFrame(pixels: Pixels, grid: ExactGrid): ExactGrid {
  const { index, cellWidth, cellHeight } = grid;
  const same = usual(pixels, index).filter(
    (other) =>
      other.cellWidth === cellWidth &&
      (other.left - grid.left) % cellWidth === 0 &&
      (other.top - grid.top) % cellHeight === 0,
  );
  const area = ({ cols, rows }: ExactGrid) => cols * rows;
  return same.toSorted((a, b) => area(a) - area(b)).find((other) => holdsAll(pixels, other)) ?? grid;
}

/** Whether all pixels outside the grid have one colour along each side. */
function holdsAll(pixels: Pixels, { left, top, cellWidth, cellHeight, cols, rows }: ExactGrid): boolean {
  const [right, bottom] = [left + cols * cellWidth, top + rows * cellHeight];
  const { width, height, data } = pixels;
  const paper = data[0];
  for (let y = 0; y < height; y += 1) {
    const inside = y >= top && y < bottom;
    for (let x = 0; x < width; x += 1) {
      if (inside && x === left) x = right;
      if (x < width && data[y * width + x] !== paper) return false;
    }
  }
  return true;
}
