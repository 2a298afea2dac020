import type { Font } from "#fonts/font.ts";
import type { Cells } from "../screen.ts";
import { cut } from "./choose-layout.ts";
import { place, type Layout } from "./layouts.ts";
import { Matcher, type Match } from "./matcher.ts";
import type { Plane, Planes } from "./plane.ts";
import { normalise } from "./templates.ts";

const blank = 0x20;
const unknown = 0xfffd;

/** Spread of brightness (standard deviation, of 255) below which nothing is drawn. */
const leastSpread = 2.5;
/** Of what a strong character has: below the first is nothing, below the second is little and must fit well. */
const faint = 0.07;
const weak = 0.25;
const leastScore = 0.5;
const leastWeakScore = 0.72;

/** A cell as it was measured. */
export interface Measured {
  readonly match: Match;
  readonly spread: number;
}

/** Reads every cell by likeness. */
export function readTolerant(planes: Planes, layout: Layout, font: Font): Cells {
  const { cols, rows } = layout.grid;
  const count = cols * rows;
  const cells: Cells = {
    codes: new Uint32Array(count).fill(blank),
    confidence: new Uint8Array(count).fill(95),
    foreground: new Uint32Array(count),
    background: new Uint32Array(count),
  };
  const strong = strongSpread(planes.luma, layout, font);
  const matcher = new Matcher();
  for (let at = 0; at < count; at += 1) {
    const placed = place(layout, font, false, at % cols, Math.floor(at / cols));
    const { nx, ny } = placed.set;
    const seen = strongest(planes, placed.x, placed.y, nx, ny);
    if (seen === undefined || seen.spread < Math.max(leastSpread, faint * strong)) continue;
    const match = matcher.match(seen.cell, placed.set);
    settle(cells, at, match, seen.spread < weak * strong);
  }
  return cells;
}

function settle(cells: Cells, at: number, match: Match, isWeak: boolean): void {
  if (match.score < (isWeak ? leastWeakScore : leastScore)) {
    if (isWeak) cells.confidence[at] = 70;
    else [cells.codes[at], cells.confidence[at]] = [unknown, 0];
    return;
  }
  cells.codes[at] = match.code;
  cells.confidence[at] = confidence(match);
}

/** From how well the glyph fits and how far the next one is behind. */
function confidence({ score, second }: Match): number {
  const lead = Math.min(1, (score - second) / 0.08);
  const fits = Math.min(1, Math.max(0, (score - 0.5) / 0.35));
  return Math.round(100 * Math.min(1, 0.35 + 0.65 * lead) * (0.4 + 0.6 * fits));
}

/** The cell in brightness, or in a colour difference when that tells more; mean 0 and length 1. */
function strongest(planes: Planes, x: number, y: number, nx: number, ny: number) {
  const size = Math.sqrt(nx * ny);
  const cell = cut(planes.luma, x, y, nx, ny);
  if (cell === undefined) return undefined;
  const spread = normalise(cell) / size;
  if (spread > 8) return { cell, spread };
  for (const plane of [planes.blue, planes.red]) {
    const other = cut(plane, x, y, nx, ny);
    const wide = other ? normalise(other) / size : 0;
    if (other && wide > 2.5 * spread) return { cell: other, spread: wide };
  }
  const again = cut(planes.luma, x, y, nx, ny);
  return again && normalise(again) > 0 ? { cell: again, spread } : undefined;
}

/** What a strong character of this screen has: a high percentile of all cells. */
function strongSpread(plane: Plane, layout: Layout, font: Font): number {
  const { cols, rows } = layout.grid;
  const spreads: number[] = [];
  for (let at = 0; at < cols * rows; at += 1) {
    const { x, y, set } = place(layout, font, false, at % cols, Math.floor(at / cols));
    const cell = cut(plane, x, y, set.nx, set.ny);
    const spread = cell ? normalise(cell) / Math.sqrt(cell.length) : 0;
    if (spread >= leastSpread) spreads.push(spread);
  }
  spreads.sort((a, b) => a - b);
  return spreads[Math.floor(spreads.length * 0.7)] ?? 0;
}
