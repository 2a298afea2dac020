import { RackhandError } from "#base/errors.ts";
import type { Font, Glyph } from "#fonts/font.ts";
import type { Picture } from "./picture.ts";
import { CellReader, Kind, type Pixels } from "./pixels/cell-reader.ts";
import { pixelsOf } from "./pixels/pixels.ts";

/** No console draws smaller or larger characters. */
const sizes = { width: [5, 32], height: [6, 64] } as const;
/** A character may look different this often (a cursor on it, say) before a grid is given up. */
const mostConflicts = 2;

/** What a lesson was about. */
export interface Lesson {
  readonly font: Font;
  readonly left: number;
  readonly top: number;
  /** Characters that look different in two places of the picture; they were not learnt. */
  readonly doubtful: readonly string[];
}

/**
 * Learns a font from a picture and the text that it shows, row by row from the top of the screen (empty rows too, as in a text file of the screen).
 * The grid is the one on which equal characters look equal, different ones different, and blanks blank. Throws `screen.learn.no-grid` when there is none.
 */
export function learnFont(picture: Picture, text: string, name: string): Lesson {
  const pixels = pixelsOf(picture);
  const lines = text.split(/\r?\n/).map((line) => [...line.trimEnd()]);
  const probe = sample(lines);
  let best: { lesson: Lesson; score: number } | undefined;
  for (let height: number = sizes.height[0]; height <= sizes.height[1]; height += 1) {
    for (let width: number = sizes.width[0]; width <= sizes.width[1]; width += 1) {
      for (const { left, top } of origins(pixels, lines, width, height)) {
        if (!consistent(pixels, { left, top, width, height }, probe)) continue;
        const taught = teach(pixels, { left, top, width, height }, lines, name);
        if (taught && (best === undefined || taught.score > best.score)) best = taught;
      }
    }
  }
  if (best === undefined) {
    throw new RackhandError("screen.learn.no-grid", "no grid of cells fits this text", {
      advice: "the text must have every row of the screen from its top, and the picture must be undamaged",
    });
  }
  return best.lesson;
}

interface Place {
  row: number;
  column: number;
  character: string;
}

interface CellGrid {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A few places that tell most: the characters that occur often, each several times, spread over the text. */
function sample(lines: readonly string[][]): Place[] {
  const places = new Map<string, Place[]>();
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of line.entries()) {
      if (character === " ") continue;
      places.set(character, [...(places.get(character) ?? []), { row, column, character }]);
    }
  }
  const often = [...places.values()].toSorted((a, b) => b.length - a.length).slice(0, 12);
  return often.flatMap((some) => [some[0], some[some.length >> 1], some.at(-1)].filter((place) => place !== undefined));
}

/** Where the text may begin: at the picture's corner, in its middle, after a border. */
function* origins(
  pixels: Pixels,
  lines: readonly string[][],
  width: number,
  height: number,
): Generator<{ left: number; top: number }> {
  const cols = Math.max(...lines.map((line) => line.length));
  const [roomX, roomY] = [pixels.width - cols * width, pixels.height - lines.length * height];
  if (roomX < 0 || roomY < -height) return;
  const seen = new Set<string>();
  const xs = [...Array.from({ length: Math.min(roomX + 1, width + 4) }, (_, x) => x), Math.floor(roomX / 2)];
  const ys = [
    ...Array.from({ length: Math.min(Math.max(roomY, 0) + 1, height + 4) }, (_, y) => y),
    Math.max(0, Math.floor(roomY / 2)),
  ];
  for (const top of ys) {
    for (const left of xs) {
      if (seen.has(`${left},${top}`)) continue;
      seen.add(`${left},${top}`);
      yield { left, top };
    }
  }
}

function consistent(pixels: Pixels, grid: CellGrid, probe: readonly Place[]): boolean {
  const reader = new CellReader(pixels, grid.width, grid.height, false);
  const looks = new Map<string, number>();
  const owners = new Map<number, string>();
  let conflicts = 0;
  for (const { row, column, character } of probe) {
    const [left, top] = [grid.left + column * grid.width, grid.top + row * grid.height];
    if (left + grid.width > pixels.width || top + grid.height > pixels.height) return false;
    const seen = reader.read(left, top) === Kind.twoColours;
    const known = looks.get(character);
    const owner = seen ? owners.get(reader.hash) : undefined;
    if (!seen || (known !== undefined && known !== reader.hash) || (owner !== undefined && owner !== character))
      conflicts += 1;
    else {
      looks.set(character, reader.hash);
      owners.set(reader.hash, character);
    }
    if (conflicts > mostConflicts) return false;
  }
  return looks.size > 0;
}

interface Sighting {
  rows: Uint32Array;
  count: number;
}

/** Takes the glyphs from a grid. Its score is what share of the text agrees with them, more for the blanks that are blank. */
function teach(
  pixels: Pixels,
  grid: CellGrid,
  lines: readonly string[][],
  name: string,
): { lesson: Lesson; score: number } | undefined {
  const reader = new CellReader(pixels, grid.width, grid.height, false);
  const looks = new Map<string, Map<number, Sighting>>();
  let [right, all] = [0, 0];
  const cols = Math.floor((pixels.width - grid.left) / grid.width);
  for (const [row, line] of lines.entries()) {
    for (let column = 0; column < cols; column += 1) {
      const character = line[column] ?? " ";
      const [left, top] = [grid.left + column * grid.width, grid.top + row * grid.height];
      if (top + grid.height > pixels.height) continue;
      const kind = reader.read(left, top);
      all += 1;
      if (character === " " || kind !== Kind.twoColours) right += (character === " ") === (kind === Kind.plain) ? 1 : 0;
      else note(looks, character, reader);
    }
  }
  const { glyphs, doubtful, agreeing } = settle(looks, grid);
  const score = (right + agreeing) / Math.max(1, all);
  if (score < 0.9 || glyphs.length === 0) return undefined;
  const { width, height, left, top } = grid;
  return { lesson: { font: { name, width, height, glyphs }, left, top, doubtful }, score };
}

/** Notes how a character looks here, with ink as 1: paper is what more of the rim has. */
function note(looks: Map<string, Map<number, Sighting>>, character: string, reader: CellReader): void {
  const sightings = looks.get(character) ?? new Map<number, Sighting>();
  looks.set(character, sightings);
  const seen = sightings.get(reader.hash);
  if (seen) seen.count += 1;
  else sightings.set(reader.hash, { rows: reader.rows.slice(), count: 1 });
}

function settle(looks: ReadonlyMap<string, ReadonlyMap<number, Sighting>>, { width }: CellGrid) {
  const glyphs: Glyph[] = [];
  const doubtful: string[] = [];
  let agreeing = 0;
  for (const [character, sightings] of looks) {
    const [first, second] = [...sightings.values()].toSorted((a, b) => b.count - a.count);
    if (first === undefined) continue;
    if (second && second.count * 2 > first.count) doubtful.push(character);
    else {
      glyphs.push({ code: character.codePointAt(0) ?? 0, rows: inkRows(first.rows, width) });
      agreeing += first.count;
    }
  }
  return { glyphs, doubtful, agreeing };
}

/** A shape whose top left pixel is paper is the glyph; frames and blocks may begin with ink, then the corner lies: the rarer colour is the ink. */
function inkRows(rows: Uint32Array, width: number): Uint32Array {
  const full = width === 32 ? 0xffffffff : 2 ** width - 1;
  let count = 0;
  for (let row of rows) for (; row !== 0; row = (row & (row - 1)) >>> 0) count += 1;
  return count * 2 > width * rows.length ? rows.map((row) => (row ^ full) >>> 0) : rows;
}
