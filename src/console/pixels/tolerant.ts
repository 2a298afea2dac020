import type { Font } from "#fonts/font.ts";
import { sure, type Cells } from "../screen.ts";
import { cut } from "./choose-layout.ts";
import { place, type Layout, type Placed } from "./layouts.ts";
import { Matcher, type Match } from "./matcher.ts";
import type { Plane, Planes } from "./plane.ts";
import { bleeds, remeasure, type Measures } from "./bleed.ts";
import { isFrame, normalise } from "./templates.ts";

const blank = 0x20;
const unknown = 0xfffd;

/** Spread of brightness (standard deviation, of 255) below which nothing is drawn. */
const leastSpread = 2.5;
/** Of what a strong character has: below the first is nothing; below the second, also of a neighbour's, is little, maybe only ringing. */
const faint = 0.1;
const weak = 0.3;
const weakBeside = 0.4;
/** How much of the way from chance to perfection something must fit to be a character, a faint character, a block. */
const least = { any: 0.35, weak: 0.66, block: 0.85 } as const;

const leastFaint = 0.95;
const leastLine = 20;
const dashes = new Set([0x2d, 0x3d, 0x2500, 0x2550]);
const longestUnknown = 6;

/** Reads every cell by likeness; a second time where neighbours bled into cells, without what they bled. */
export function readTolerant(planes: Planes, layout: Layout, font: Font): Cells {
  const { cols, rows } = layout.grid;
  const count = cols * rows;
  const cells: Cells = {
    codes: new Uint32Array(count).fill(blank),
    confidence: new Uint8Array(count).fill(95),
    foreground: new Uint32Array(count),
    background: new Uint32Array(count),
  };
  const measures = measure(planes, layout, font);
  if (bleeds(layout.filter)) remeasure(planes.luma, layout, font, measures);
  const strong = percentile(measures.spread, 0.7);
  for (const [at, match] of measures.matches.entries()) {
    if (match === undefined) continue;
    if ((measures.spread[at] ?? 0) < faint * strong && match.score < leastFaint) continue;
    const flat = (measures.inner[at] ?? 0) < Math.max(leastSpread, 0.5 * (measures.spread[at] ?? 0));
    settle(cells, at, match, { weak: isWeak(measures.spread, at, cols, strong), flat });
  }
  clearLines(cells, cols);
  clearNoise(cells, cols);
  return cells;
}

/** A long run of dashes that fit badly is a line that was drawn, not written: the border of a graphic menu. */
function clearLines({ codes, confidence }: Cells, cols: number): void {
  for (let at = 0; at < codes.length;) {
    let [end, sum] = [at, 0];
    while (end < codes.length && dashes.has(codes[end] ?? 0) && Math.floor(end / cols) === Math.floor(at / cols)) {
      sum += confidence[end] ?? 0;
      end += 1;
    }
    if (end - at >= leastLine && sum / (end - at) < sure) {
      codes.fill(blank, at, end);
      confidence.fill(50, at, end);
    }
    at = Math.max(end, at + 1);
  }
}

/** Unknown cells are characters only in a text: runs of them that touch no character, or are longer than any unknown word, are compression's noise or a drawing. */
function clearNoise({ codes, confidence }: Cells, cols: number): void {
  const isText = (at: number, start: number) =>
    Math.floor(at / cols) === Math.floor(start / cols) && codes[at] !== blank && (confidence[at] ?? 0) >= 60;
  for (let at = 0; at < codes.length; at += 1) {
    if (codes[at] !== unknown) continue;
    let end = at;
    while (codes[end] === unknown && Math.floor(end / cols) === Math.floor(at / cols)) end += 1;
    if ((!isText(at - 1, at) && !isText(end, at)) || end - at > longestUnknown) {
      codes.fill(blank, at, end);
      confidence.fill(50, at, end);
    }
    at = end;
  }
}

function measure(planes: Planes, layout: Layout, font: Font): Measures {
  const { cols, rows } = layout.grid;
  const matcher = new Matcher();
  const chroma = { ...layout, filter: { ...layout.filter, blur: 2 } };
  const spread = new Float32Array(cols * rows);
  const inner = new Float32Array(cols * rows);
  const lengths = new Float32Array(cols * rows);
  const matches: (Match | undefined)[] = [];
  for (let at = 0; at < cols * rows; at += 1) {
    const [column, row] = [at % cols, Math.floor(at / cols)];
    const found = likest(planes, place(layout, font, false, column, row), matcher);
    const colourful = found === undefined || found.spread < 12;
    const other = colourful
      ? inColour(planes, place(chroma, font, false, column, row), found?.spread ?? 0, matcher)
      : undefined;
    const best = other && (found === undefined || other.match.score > found.match.score - 0.05) ? other : found;
    matches.push(best?.match);
    spread[at] = best?.spread ?? 0;
    inner[at] = best?.inner ?? 0;
    lengths[at] = best === found ? (found?.length ?? 0) : 0;
  }
  return { spread, inner, matches, lengths };
}

interface Likeness {
  match: Match;
  spread: number;
  inner: number;
  length: number;
}

function likest({ luma }: Planes, placed: Placed, matcher: Matcher): Likeness | undefined {
  return likeness(luma, placed, leastSpread, matcher);
}

/** By a colour difference, where that tells clearly more than brightness: blue on black, say. */
function inColour({ blue, red }: Planes, placed: Placed, spread: number, matcher: Matcher): Likeness | undefined {
  for (const plane of [blue, red]) {
    const found = likeness(plane, placed, Math.max(8, 2 * spread), matcher);
    if (found && found.inner > 0.5 * found.spread) return found;
  }
  return undefined;
}

function likeness(plane: Plane, { x, y, set }: Placed, leastSpread: number, matcher: Matcher): Likeness | undefined {
  const cell = cut(plane, x, y, set.nx, set.ny);
  if (cell === undefined) return undefined;
  const inner = innerSpread(cell, set.nx, set.ny, plane.isColour && set.nx >= 8 ? 2 : 1);
  const length = normalise(cell, set.nx);
  const spread = length / Math.sqrt(cell.length);
  return spread < leastSpread ? undefined : { match: matcher.match(cell, set), spread, inner, length };
}

/** `flat`: hardly anything but its rim is drawn on, as where paper of another colour begins next to it. */
function settle(cells: Cells, at: number, match: Match, doubt: { weak: boolean; flat: boolean }): void {
  const block = match.code >= 0x2190 && !isFrame(match.code);
  const fits = (match.score - match.chance) / (1 - match.chance);
  const enough = block ? least.block : doubt.weak ? least.weak : least.any;
  if (fits < (doubt.flat ? Math.max(least.weak, enough) : enough)) {
    if (doubt.weak || doubt.flat || block) cells.confidence[at] = 70;
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

/** Compression lets ink ring in the cells around it: what is little beside much is doubted. */
function isWeak(spread: Float32Array, at: number, cols: number, strong: number): boolean {
  const mine = spread[at] ?? 0;
  const beside = Math.max(...[-cols, -1, 1, cols].map((step) => spread[at + step] ?? 0));
  return mine < weak * strong || mine < weakBeside * beside;
}

function percentile(values: Float32Array, part: number): number {
  const some = values.filter((value) => value > 0).sort();
  return some[Math.floor(some.length * part)] ?? 0;
}

/** Spread without the rim of the cell. */
function innerSpread(cell: Float32Array, nx: number, ny: number, rim: number): number {
  let [sum, square, count] = [0, 0, 0];
  for (let j = rim; j < ny - rim; j += 1) {
    for (let i = rim; i < nx - rim; i += 1) {
      const value = cell[j * nx + i] ?? 0;
      sum += value;
      square += value * value;
      count += 1;
    }
  }
  return count > 0 ? Math.sqrt(Math.max(0, square / count - (sum / count) ** 2)) : 0;
}
