import type { Font } from "#fonts/font.ts";
import { cut } from "./choose-layout.ts";
import { place, type Layout } from "./layouts.ts";
import { Matcher, type Match } from "./matcher.ts";
import type { Plane } from "./plane.ts";
import { inkAt, normalise, type Filter, type TemplateSet, type Weights } from "./templates.ts";

/** Cells before they are judged. */
export interface Measures {
  readonly spread: Float32Array;
  readonly inner: Float32Array;
  readonly matches: (Match | undefined)[];
  /** How far each cell is from flat, in brightness; 0 where brightness did not decide. */
  readonly lengths: Float32Array;
}

/** Least correlation of a neighbour that is believed when its bleeding is taken out. */
const believed = 0.75;

/** Whether scaling mixed the edges of neighbouring cells. */
export function bleeds({ shape, scaleX, blur }: Filter): boolean {
  return shape === "triangle" && (scaleX !== 1 || blur !== 1);
}

/** Measures the cells again without what their neighbours bled into them. */
export function remeasure(plane: Plane, layout: Layout, font: Font, measures: Measures): void {
  const { cols, rows } = layout.grid;
  const matcher = new Matcher();
  const amplitudes = measures.matches.map((match, at) => {
    if (match === undefined || match.index < 0 || match.score < believed) return 0;
    const { set } = place(layout, font, false, at % cols, Math.floor(at / cols));
    const drawn = set.lengths[match.index] ?? 0;
    return drawn > 0 ? ((match.inverted ? -1 : 1) * match.score * (measures.lengths[at] ?? 0)) / drawn : 0;
  });
  const before = [...measures.matches];
  for (let at = 0; at < cols * rows; at += 1) {
    if (before[at] === undefined || measures.lengths[at] === 0) continue;
    const { x, y, set } = place(layout, font, false, at % cols, Math.floor(at / cols));
    const cell = cut(plane, x, y, set.nx, set.ny);
    if (cell === undefined) continue;
    takeOut(cell, set, (dx, dy) => neighbour(at, dx, dy, cols, rows), { amplitudes, before, layout });
    const length = normalise(cell, set.nx);
    measures.lengths[at] = length;
    measures.spread[at] = length / Math.sqrt(cell.length);
    measures.matches[at] = length > 0 ? matcher.match(cell, set) : undefined;
  }
}

function neighbour(at: number, dx: number, dy: number, cols: number, rows: number): number {
  const [column, row] = [(at % cols) + dx, Math.floor(at / cols) + dy];
  return column < 0 || row < 0 || column >= cols || row >= rows ? -1 : row * cols + column;
}

interface Known {
  amplitudes: readonly number[];
  before: readonly (Match | undefined)[];
  layout: Layout;
}

/** Subtracts from each pixel the ink of other cells that the filter mixed into it. */
function takeOut(cell: Float32Array, set: TemplateSet, near: (dx: number, dy: number) => number, known: Known): void {
  const { cellWidth, cellHeight } = known.layout.grid;
  for (const [j, down] of set.down.entries()) {
    const rowOutside = reachesOut(down, cellHeight);
    for (const [i, across] of set.across.entries()) {
      if (!rowOutside && !reachesOut(across, cellWidth)) continue;
      cell[j * set.nx + i] = (cell[j * set.nx + i] ?? 0) - foreign(across, down, set, near, known);
    }
  }
}

function reachesOut({ from, values }: Weights, length: number): boolean {
  return from < 0 || from + values.length > length;
}

function foreign(
  across: Weights,
  down: Weights,
  set: TemplateSet,
  near: (dx: number, dy: number) => number,
  { amplitudes, before, layout }: Known,
): number {
  const { cellWidth, cellHeight, index } = layout.grid;
  const shape = { startX: 0, startY: 0, cellWidth, cellHeight, glyphWidth: index.width };
  let sum = 0;
  for (let k = 0; k < down.values.length; k += 1) {
    const y = down.from + k;
    const dy = y < 0 ? -1 : y >= cellHeight ? 1 : 0;
    for (let l = 0; l < across.values.length; l += 1) {
      const x = across.from + l;
      const dx = x < 0 ? -1 : x >= cellWidth ? 1 : 0;
      if (dx === 0 && dy === 0) continue;
      const at = near(dx, dy);
      const amplitude = at < 0 ? 0 : (amplitudes[at] ?? 0);
      const glyph = amplitude === 0 ? undefined : set.glyphs[before[at]?.index ?? -1];
      if (glyph === undefined) continue;
      const weight = (down.values[k] ?? 0) * (across.values[l] ?? 0);
      sum += weight * amplitude * inkAt(glyph, x - dx * cellWidth, y - dy * cellHeight, shape);
    }
  }
  return sum;
}
