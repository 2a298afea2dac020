import type { Font } from "#fonts/font.ts";
import type { Pixels } from "./cell-reader.ts";
import { inkPoints } from "./find-grid.ts";
import type { GlyphIndex } from "./glyph-index.ts";
import { layoutsOf, place, type Layout } from "./layouts.ts";
import { Matcher } from "./matcher.ts";
import type { Plane } from "./plane.ts";
import { normalise } from "./templates.ts";

/** A layout with the font that fits, and how well it does: 0 is chance, 1 perfect. */
export interface Choice {
  readonly layout: Layout;
  readonly font: Font;
  readonly score: number;
}

const fewest = 4;
const few = 12;
const many = 48;
/** Layouts and fonts that are looked at more closely. */
const finalists = 10;
/** Of those, the ones that are compared on all cells of the sample. */
const rivals = 3;

/** From here on nothing better is looked for. */
const good = 0.8;
/** What fits the first few cells as badly as this is not looked at again. */
const hopeless = 0.25;
/** Below this, letters may have shadows. */
const poor = 0.75;

function withShadow({ grid, filter }: Layout): Layout {
  return { grid, filter: { ...filter, shadow: true } };
}

interface Point {
  x: number;
  y: number;
}

/**
 * Finds what the picture was before it was damaged: every layout with every font on few cells, then the best on more. Layouts that served pictures
 * of this size before come first, then those without scaling, then the usual scales; what fits well ends the search.
 */
export function chooseLayout(pixels: Pixels, plane: Plane, indexes: readonly GlyphIndex[]): Choice | undefined {
  const points = inkPoints(pixels, 60);
  const matcher = new Matcher();
  const served = memory.get(indexes) ?? new Map<string, Layout[]>();
  memory.set(indexes, served);
  const size = `${pixels.width}x${pixels.height}`;
  const recent = served.get(size) ?? [];
  let best: Choice | undefined;
  const seen: Choice[] = [];
  for (const layouts of [recent, ...layoutsOf(pixels, indexes)]) {
    const group = survey(plane, layouts, points, matcher, hopeless);
    seen.push(...group);
    best = better(best, narrow(plane, group, points, matcher));
    if (best && best.score >= good) break;
  }
  if (best === undefined || best.score < good) {
    // The few first cells may have lain on a drawing: once more, without giving up early.
    const all = survey(plane, layoutsOf(pixels, indexes).slice(0, 2).flat(), points, matcher, 0);
    seen.push(...all);
    best = better(best, narrow(plane, all, points, matcher));
  }
  if (best === undefined) return undefined;
  if (best.score < poor) {
    const shaded = seen.map((choice) => ({ ...choice, layout: withShadow(choice.layout) }));
    best = better(best, narrow(plane, shaded, points, matcher)) ?? best;
  }
  const { layout, score } = best;
  if (score >= good) served.set(size, [layout, ...recent.filter((other) => other !== layout)].slice(0, remembered));
  return best;
}

/** Layouts that served, by size of picture. */
const memory = new WeakMap<readonly GlyphIndex[], Map<string, Layout[]>>();
const remembered = 3;

function better(one: Choice | undefined, other: Choice | undefined): Choice | undefined {
  return other && (one === undefined || other.score > one.score) ? other : one;
}

/** Every layout with every font, on few cells; the hopeless ones on still fewer. */
function survey(
  plane: Plane,
  layouts: readonly Layout[],
  points: readonly Point[],
  matcher: Matcher,
  least: number,
): Choice[] {
  return layouts.flatMap((layout) =>
    layout.grid.index.fonts.flatMap((font) => {
      if (fit(plane, layout, font, points.slice(0, fewest), matcher).score < least) return [];
      return fit(plane, layout, font, points.slice(0, few), matcher);
    }),
  );
}

function narrow(
  plane: Plane,
  choices: readonly Choice[],
  points: readonly Point[],
  matcher: Matcher,
): Choice | undefined {
  return choices
    .toSorted((a, b) => b.score - a.score)
    .slice(0, finalists)
    .map(({ layout, font }) => fit(plane, layout, font, points.slice(0, many), matcher))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, rivals)
    .map(({ layout, font }) => fit(plane, layout, font, points, matcher))
    .toSorted((a, b) => b.score - a.score)[0];
}

/** Mean correlation of the sampled cells with their best glyphs, against what chance gives for so few pixels. */
export function fit(plane: Plane, layout: Layout, font: Font, points: readonly Point[], matcher: Matcher): Choice {
  const { grid, filter } = layout;
  const seen = new Set<number>();
  let sum = 0;
  for (const { x, y } of points) {
    const column = Math.floor((x / filter.scaleX - grid.left) / grid.cellWidth);
    const row = Math.floor((y / filter.scaleY - grid.top) / grid.cellHeight);
    // Ink outside the grid speaks against it: it counts as a cell that fits nothing.
    if (column < 0 || row < 0 || column >= grid.cols || row >= grid.rows) {
      seen.add(-1 - seen.size);
      continue;
    }
    const at = row * grid.cols + column;
    if (seen.has(at)) continue;
    seen.add(at);
    const placed = place(layout, font, true, column, row);
    const cell = cut(plane, placed.x, placed.y, placed.set.nx, placed.set.ny);
    if (cell === undefined || normalise(cell, placed.set.nx) === 0) continue;
    const { score, chance } = matcher.match(cell, placed.set);
    sum += Math.max(0, (score - chance) / (1 - chance));
  }
  return { layout, font, score: seen.size > 0 ? sum / seen.size : 0 };
}

const scratch = new Float32Array(4096);

/** The pixels of a cell, in a buffer that the next call uses again; undefined beyond the picture. */
export function cut(plane: Plane, x: number, y: number, nx: number, ny: number): Float32Array | undefined {
  if (x < 0 || y < 0 || x + nx > plane.width + 1 || y + ny > plane.height + 1 || nx * ny > scratch.length)
    return undefined;
  const cell = scratch.subarray(0, nx * ny);
  for (let j = 0; j < ny; j += 1) {
    const line = Math.min(y + j, plane.height - 1) * plane.width;
    for (let i = 0; i < nx; i += 1) cell[j * nx + i] = plane.data[line + Math.min(x + i, plane.width - 1)] ?? 0;
  }
  return cell;
}
