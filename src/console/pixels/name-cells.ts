import type { Cells } from "../screen.ts";
import { Kind } from "./cell-reader.ts";
import { nameShape, unknown, voteFonts, type Lookup } from "./exact.ts";

const blank = 0x20;
const fullBlock = 0x2588;

/** Cells with names, and what could not be named. */
export interface Named {
  readonly cells: Cells;
  /** Fonts of the index, the one that drew most first. */
  readonly order: readonly number[];
  readonly unnamed: readonly number[];
}

/** 0xRRGGBB from a pixel as it lies in memory (red in the lowest byte). */
export function rgb(pixel: number): number {
  return ((pixel & 0xff) << 16) | (pixel & 0xff00) | ((pixel >>> 16) & 0xff);
}

/** Gives every cell that was looked up its character and its colours. */
export function nameCells(found: Lookup): Named {
  const count = found.kinds.length;
  const cells: Cells = {
    codes: new Uint32Array(count).fill(blank),
    confidence: new Uint8Array(count).fill(100),
    foreground: new Uint32Array(count),
    background: new Uint32Array(count),
  };
  const order = voteFonts(found);
  const unnamed: number[] = [];
  const paper = commonPaper(found);
  for (let at = 0; at < count; at += 1) {
    const [first, second] = [found.first[at] ?? 0, found.second[at] ?? 0];
    cells.background[at] = cells.foreground[at] = rgb(first);
    if (found.kinds[at] === Kind.plain) continue;
    const shape = found.shapes[at];
    const name = shape && nameShape(shape, order, found.kinds[at] === Kind.twoColours && firstIsInk(found, at, paper));
    if (name === undefined) {
      unnamed.push(at);
      cells.codes[at] = unknown;
      cells.confidence[at] = 0;
      continue;
    }
    cells.codes[at] = name.code;
    if (found.kinds[at] === Kind.manyColours) cells.confidence[at] = 90;
    cells.foreground[at] = rgb(name.inverted ? first : second);
    cells.background[at] = rgb(name.inverted ? second : first);
  }
  fillBlocks(found, cells);
  return { cells, order, unnamed };
}

/** The colour of most plain cells. */
function commonPaper(found: Lookup): number {
  const counts = new Map<number, number>();
  for (const [at, kind] of found.kinds.entries()) {
    const colour = found.first[at] ?? 0;
    if (kind === Kind.plain) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  let [best, most] = [0xff000000, 0];
  for (const [colour, count] of counts) if (count > most) [best, most] = [colour, count];
  return best;
}

/** Whether the top left pixel is ink, judged by the neighbours' paper: only glyphs that are each other's negatives depend on it. */
function firstIsInk(found: Lookup, at: number, paper: number): boolean {
  const [first, second] = [found.first[at], found.second[at]];
  for (const near of [at - 1, at + 1]) {
    if (found.kinds[near] !== Kind.plain) continue;
    if (found.first[near] === first) return false;
    if (found.first[near] === second) return true;
  }
  return second === paper;
}

/** A plain cell beside a shade or a half block in its very colour is a full block, not a blank on coloured paper: a progress bar. */
function fillBlocks(found: Lookup, cells: Cells): void {
  const { cols } = found.grid;
  for (const [start, code] of cells.codes.entries()) {
    if (code < 0x2580 || code > 0x2593 || code === fullBlock) continue;
    const ink = cells.foreground[start] ?? 0;
    for (const step of [-1, 1]) {
      const row = Math.floor(start / cols);
      for (let at = start + step; Math.floor(at / cols) === row; at += step) {
        if (found.kinds[at] !== Kind.plain || cells.background[at] !== ink || cells.codes[at] !== blank) break;
        cells.codes[at] = fullBlock;
      }
    }
  }
}
