import { CellReader, colourStep, Kind, type Pixels } from "./cell-reader.ts";
import type { ExactGrid } from "./exact.ts";
import { byContrast } from "./gradient.ts";
import { frameOf, likelyFrames } from "./frames.ts";
import { findShape, type GlyphIndex } from "./glyph-index.ts";

interface Point {
  x: number;
  y: number;
}

interface Offset {
  index: GlyphIndex;
  cellWidth: number;
  left: number;
  top: number;
}

/** Glyphs of so few pixels are found by chance. */
const tellingWeight = 6;
const samples = 160;
/** A share of hits from which on no other grid is tried. */
const good = 0.93;
/** Less is chance. */
const least = 0.5;

/**
 * Finds size, offset and extent of the character grid on a sample of places where there is ink. Where consoles usually have theirs comes first;
 * then every size of cell at every offset. Undefined when no grid explains the sample.
 */
export function findGrid(pixels: Pixels, indexes: readonly GlyphIndex[]): ExactGrid | undefined {
  const points = inkPoints(pixels);
  const likely = best(likelyFrames(pixels, indexes).map((grid) => ({ grid, score: score(pixels, grid, points) })));
  if (likely && likely.score >= good) return likely.grid;
  if (likely === undefined && isDamaged(pixels, points)) return undefined;
  const any = best([likely, ...indexes.flatMap((index) => bestOffsets(pixels, index, points))]);
  return any && any.score >= least ? any.grid : undefined;
}

/** Whether most places with ink have more colours around them than a drawn character has: a compressed or scaled picture, where no exact grid can be. */
function isDamaged({ data, width, height }: Pixels, points: readonly Point[]): boolean {
  let [many, all] = [0, 0];
  for (const { x, y } of points) {
    if (x < 4 || y < 4 || x + 4 > width || y + 4 > height) continue;
    const colours = new Set<number>();
    for (let j = y - 4; j < y + 4; j += 1) for (let i = x - 4; i < x + 4; i += 1) colours.add(data[j * width + i] ?? 0);
    all += 1;
    if (colours.size > 4) many += 1;
  }
  return many > all * 0.7;
}

interface Scored {
  grid: ExactGrid;
  score: number;
}

function best(all: readonly (Scored | undefined)[]): Scored | undefined {
  let top: Scored | undefined;
  for (const one of all) if (one && one.score > 0 && (top === undefined || one.score > top.score)) top = one;
  return top;
}

/** Steps of a colour (of 255) that tell ink from a gradient. */
const inkStep = 20;
const fewPoints = 24;
/** A prime: steps of it meet every point of any smaller number of points once. */
const jump = 7919;

/** Places spread over the picture where a pixel differs clearly from its left neighbour; if there are hardly any, differs at all. */
export function inkPoints(pixels: Pixels, step: number = inkStep): Point[] {
  const clear = edges(pixels, step);
  return thin(clear.length >= fewPoints ? clear : edges(pixels, 1));
}

function edges({ data, width, height }: Pixels, step: number): Point[] {
  const all: Point[] = [];
  for (let y = 1; y < height; y += 3) {
    const row = y * width;
    for (let x = 1; x < width; x += 1) {
      const [pixel, before] = [data[row + x] ?? 0, data[row + x - 1] ?? 0];
      if (pixel === before || colourStep(pixel, before) < step) continue;
      all.push({ x, y });
      x += 8;
    }
  }
  return all;
}

/** Some of the points, in an order that jumps all over the picture: whoever gives up early has seen all of it. */
function thin(all: readonly Point[]): Point[] {
  const step = Math.max(1, all.length / samples);
  const count = Math.min(all.length, samples);
  return Array.from({ length: count }, (_, n) => all[Math.floor(((n * jump) % count) * step)]).filter(
    (point) => point !== undefined,
  );
}

function bestOffsets(pixels: Pixels, index: GlyphIndex, points: readonly Point[]): Scored[] {
  const found: Scored[] = [];
  for (const cellWidth of index.width === 8 ? [8, 9] : [index.width]) {
    const reader = new CellReader(pixels, index.width, index.height, cellWidth > index.width);
    for (let top = 0; top < index.height; top += 1) {
      for (let left = 0; left < cellWidth; left += 1) {
        const value = scoreOffset(pixels, reader, { index, cellWidth, left, top }, points);
        if (value > 0) found.push({ grid: frameOf(pixels, index, cellWidth, left, top), score: value });
      }
    }
  }
  return found;
}

function score(pixels: Pixels, grid: ExactGrid, points: readonly Point[]): number {
  const { index, cellWidth } = grid;
  const reader = new CellReader(pixels, index.width, index.height, cellWidth > index.width);
  return scoreOffset(pixels, reader, grid, points);
}

/** The share of hits among cells that could tell; 0 as soon as it is bad. */
function scoreOffset(pixels: Pixels, reader: CellReader, offset: Offset, points: readonly Point[]): number {
  const { index, cellWidth, left, top } = offset;
  let [hits, misses] = [0, 0];
  for (const { x, y } of points) {
    const cellLeft = left + Math.floor((x - left) / cellWidth) * cellWidth;
    const cellTop = top + Math.floor((y - top) / index.height) * index.height;
    if (cellLeft < 0 || cellTop < 0) continue;
    if (cellLeft + cellWidth > pixels.width || cellTop + index.height > pixels.height) continue;
    const kind = reader.read(cellLeft, cellTop);
    if (kind === Kind.plain) continue;
    const shape =
      kind === Kind.twoColours
        ? findShape(index, reader.hash, reader.rows)
        : byContrast(reader, index, cellLeft, cellTop)[0];
    if (shape === undefined) {
      misses += 1;
      if (misses > 3 && hits < misses) return 0;
    } else if (shape.weight >= tellingWeight) hits += 1;
  }
  return hits >= 3 ? hits / (hits + misses) : 0;
}
