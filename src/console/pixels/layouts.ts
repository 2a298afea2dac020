import type { Font } from "#fonts/font.ts";
import type { Pixels } from "./cell-reader.ts";
import type { ExactGrid } from "./exact.ts";
import { likelyFrames } from "./frames.ts";
import type { GlyphIndex } from "./glyph-index.ts";
import { makeTemplates, worthy, type Filter, type TemplateSet } from "./templates.ts";

/** A grid in the picture as it once was, and how that became the picture that we have. */
export interface Layout {
  readonly grid: ExactGrid;
  readonly filter: Filter;
}

/** Sizes in which machines show their consoles. */
const natives = [
  [720, 400],
  [640, 480],
  [800, 600],
  [1024, 768],
  [1280, 800],
  [1280, 1024],
  [640, 400],
  [1280, 720],
  [1440, 900],
  [1600, 1200],
  [1680, 1050],
  [1920, 1080],
  [1920, 1200],
] as const;

const scales = { least: 0.4, most: 2.6 } as const;

/** Factors by which pictures are scaled on purpose. */
const usualScales = new Set([0.5, 0.75, 1.25, 1.5, 2]);

/** What the picture may have been before it was scaled, in groups: itself, by a usual factor, by any. */
export function layoutsOf(pixels: Pixels, indexes: readonly GlyphIndex[]): Layout[][] {
  const groups: Layout[][] = [[], [], []];
  for (const layout of allLayouts(pixels, indexes)) {
    const { scaleX } = layout.filter;
    groups[scaleX === 1 ? 0 : usualScales.has(scaleX) ? 1 : 2]?.push(layout);
  }
  return groups;
}

function allLayouts(pixels: Pixels, indexes: readonly GlyphIndex[]): Layout[] {
  const { width, height } = pixels;
  const sizes: (readonly [number, number])[] = [[width, height]];
  for (const [nativeWidth, nativeHeight] of natives) {
    const scale = width / nativeWidth;
    if (scale === 1 || scale < scales.least || scale > scales.most) continue;
    if (Math.abs(nativeHeight * scale - height) <= 1) sizes.push([nativeWidth, nativeHeight]);
  }
  return sizes.flatMap(([nativeWidth, nativeHeight]) => {
    const was: Pixels = { width: nativeWidth, height: nativeHeight, data: pixels.data };
    const [scaleX, scaleY] = [width / nativeWidth, height / nativeHeight];
    const shape = scaleX === 0.5 ? "box" : "triangle";
    return likelyFrames(was, indexes).map((grid) => ({
      grid,
      filter: { shape, scaleX, scaleY, blur: 1, shadow: false } as const,
    }));
  });
}

/** Fractions of a pixel that are told apart. */
const phases = 16;
const mostSets = 3000;
const sets = new Map<string, TemplateSet>();

/** A cell's place in the picture: its first pixel, and how it looks there. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly set: TemplateSet;
}

/** Where a cell of a layout lies in the picture, with a font's glyphs drawn for just that fraction of a pixel. Drawings are kept for the next picture. */
export function place(layout: Layout, font: Font, ascii: boolean, column: number, row: number): Placed {
  const { grid, filter } = layout;
  const across = split((grid.left + column * grid.cellWidth) * filter.scaleX);
  const down = split((grid.top + row * grid.cellHeight) * filter.scaleY);
  const { scaleX, scaleY, shape, blur, shadow } = filter;
  const size = `${font.name} ${font.width}x${font.height} ${grid.cellWidth} ${font.glyphs.length}`;
  const key = `${size} ${scaleX} ${scaleY} ${shape} ${blur} ${shadow} ${across.phase} ${down.phase} ${ascii}`;
  let set = sets.get(key);
  if (set === undefined) {
    const startX = across.phase / phases / scaleX;
    const startY = down.phase / phases / scaleY;
    const cell = { startX, startY, cellWidth: grid.cellWidth, cellHeight: grid.cellHeight, glyphWidth: font.width };
    set = makeTemplates(worthy(font, ascii), cell, filter);
    if (sets.size >= mostSets) sets.clear();
    sets.set(key, set);
  }
  return { x: across.whole + firstPixel(across.phase), y: down.whole + firstPixel(down.phase), set };
}

/** A cell that begins in the second half of a pixel does not own that pixel. */
function firstPixel(phase: number): number {
  return Math.ceil(phase / phases - 0.5);
}

function split(position: number): { whole: number; phase: number } {
  const all = Math.round(position * phases);
  const whole = Math.floor(all / phases);
  return { whole, phase: all - whole * phases };
}
