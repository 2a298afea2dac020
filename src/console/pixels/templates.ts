import type { Font, Glyph } from "#fonts/font.ts";

/** How pixels of the original became pixels of the picture. `radius` in original pixels. */
export interface Filter {
  readonly shape: "triangle" | "box";
  /** Picture pixels per original pixel. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** How many times wider the filter reaches than the scale asks for: 2 for colours at half resolution (4:2:0). */
  readonly blur: number;
  /** Letters throw a dark shadow one pixel down and right. */
  readonly shadow: boolean;
}

/** Glyphs as they look in the picture where a cell begins at a certain fraction of a pixel; each with mean 0 and length 1. */
export interface TemplateSet {
  readonly nx: number;
  readonly ny: number;
  readonly count: number;
  readonly codes: Uint32Array;
  /** `count` rows of `nx * ny` numbers. */
  readonly full: Float32Array;
  /** The same, pooled to few numbers, for a first choice. */
  readonly coarse: Float32Array;
  readonly coarseSize: number;
  readonly pool: Pool;
  /** The least a glyph must be ahead by, when it is of a rare kind. */
  readonly penalty: Float32Array;
  readonly glyphs: readonly Glyph[];
  /** The length that each had: with it, a cell's length tells how far ink is from paper. */
  readonly lengths: Float32Array;
  /** Weights for each column and row of pixels; they reach beyond the cell where neighbours bleed into it. */
  readonly across: readonly Weights[];
  readonly down: readonly Weights[];
}

/** Which pooled number each pixel counts for. */
export interface Pool {
  readonly target: Uint16Array;
  readonly size: number;
  readonly across: number;
}

/** Numbers per side of the pooled picture of a cell, at most. */
const poolSide = 8;

/** Weights with which the original's columns (or rows) make one of the picture's. */
export interface Weights {
  readonly from: number;
  readonly values: Float32Array;
}

/** The picture's pixel `pixel` as a sum of original pixels, counted from the cell's beginning `start` (in original pixels of the whole screen). */
export function weightsOf(pixel: number, scale: number, start: number, filter: Filter): Weights {
  const { shape } = filter;
  const centre = (pixel + 0.5) / scale - start;
  const spread = Math.max(1, 1 / scale) * filter.blur;
  const radius = shape === "box" ? spread / 2 : spread;
  const from = Math.floor(centre - radius);
  const to = Math.ceil(centre + radius);
  const values = new Float32Array(Math.max(1, to - from));
  let sum = 0;
  for (let at = from; at < to; at += 1) {
    const distance = Math.abs(at + 0.5 - centre);
    const weight = shape === "box" ? overlap(at, centre - radius, centre + radius) : Math.max(0, 1 - distance / spread);
    values[at - from] = weight;
    sum += weight;
  }
  for (let at = 0; at < values.length; at += 1) values[at] = (values[at] ?? 0) / (sum || 1);
  return { from, values };
}

function overlap(at: number, low: number, high: number): number {
  return Math.max(0, Math.min(at + 1, high) - Math.max(at, low));
}

/** The pixels of the picture whose centre lies in a cell that covers [start, start + length) of the original. */
export function pixelRange(start: number, length: number, scale: number): { from: number; count: number } {
  const from = Math.ceil(start * scale - 0.5);
  return { from, count: Math.ceil((start + length) * scale - 0.5) - from };
}

/** Kinds of characters by how likely they are on a console. */
function penaltyOf(code: number): number {
  if (code < 0x7f) return rareAscii.has(code) ? 0.012 : code >= 0x41 && code <= 0x5a ? 0.003 : 0;
  if (isFrame(code)) return asciiAndFrames;
  if (code >= 0x2550 && code <= 0x25a0) return 0.02;
  if (code >= 0x2190 && code <= 0x21ff) return 0.03;
  if (code >= 0xa0 && code <= 0xff) return 0.04;
  return 0.06;
}

const commonKinds = 0.03;
const asciiAndFrames = 0.015;
const rareAscii = new Set(Array.from('@`~^\\{}|";&$', (character) => character.codePointAt(0) ?? 0));

/** The corners, lines and crossings of a plain frame. */
export function isFrame(code: number): boolean {
  return code === 0x2500 || code === 0x2502 || (code >= 0x250c && code <= 0x253c);
}

/** The glyphs of a font that are worth comparing: those that consoles commonly show, or only ASCII and plain frames. */
export function worthy(font: Font, ascii: boolean): Glyph[] {
  return font.glyphs.filter(({ code }) => code !== 0x20 && penaltyOf(code) <= (ascii ? asciiAndFrames : commonKinds));
}

/** Draws glyphs the way the picture shows them in a cell that starts at (startX, startY) of the original. */
export function makeTemplates(glyphs: readonly Glyph[], cell: CellShape, filter: Filter): TemplateSet {
  const { startX, startY } = cell;
  const spanX = pixelRange(startX, cell.cellWidth, filter.scaleX);
  const spanY = pixelRange(startY, cell.cellHeight, filter.scaleY);
  const [nx, ny] = [spanX.count, spanY.count];
  const across = Array.from({ length: nx }, (_, i) => weightsOf(spanX.from + i, filter.scaleX, startX, filter));
  const down = Array.from({ length: ny }, (_, i) => weightsOf(spanY.from + i, filter.scaleY, startY, filter));
  const pen: Pen = { cell, across, down, rows: new Map(), frameRows: new Map() };
  const pool = makePool(nx, ny);
  const full = new Float32Array(glyphs.length * nx * ny);
  const coarse = new Float32Array(glyphs.length * pool.size);
  const lengths = new Float32Array(glyphs.length);
  for (const [index, glyph] of glyphs.entries()) {
    const drawn = full.subarray(index * nx * ny, (index + 1) * nx * ny);
    draw(drawn, glyph, pen);
    if (filter.shadow) addShadow(drawn, glyph, pen);
    poolInto(coarse.subarray(index * pool.size, (index + 1) * pool.size), drawn, pool);
    normalise(coarse.subarray(index * pool.size, (index + 1) * pool.size), pool.across);
    lengths[index] = normalise(drawn, nx);
  }
  return {
    nx,
    ny,
    count: glyphs.length,
    codes: Uint32Array.from(glyphs, ({ code }) => code),
    full,
    coarse,
    coarseSize: pool.size,
    pool,
    penalty: Float32Array.from(glyphs, ({ code }) => penaltyOf(code)),
    glyphs,
    lengths,
    across,
    down,
  };
}

export interface CellShape {
  readonly startX: number;
  readonly startY: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly glyphWidth: number;
}

/** Whether the original has ink at this pixel of the cell; a ninth column repeats the eighth where frames run through. */
export function inkAt(glyph: Glyph, x: number, y: number, { glyphWidth, cellWidth }: CellShape): number {
  if (x < 0 || y < 0 || x >= cellWidth || y >= glyph.rows.length) return 0;
  const through = x >= glyphWidth && runsThrough(glyph.code);
  const column = through ? glyphWidth - 1 : x;
  return column >= glyphWidth ? 0 : ((glyph.rows[y] ?? 0) >>> (glyphWidth - 1 - column)) & 1;
}

function runsThrough(code: number): boolean {
  return code >= 0x2500 && code < 0x25a0;
}

/** Rows of pixels that were drawn already: fonts have few different ones. */
type DrawnRows = Map<number, Float32Array>;

interface Pen {
  readonly cell: CellShape;
  readonly across: readonly Weights[];
  readonly down: readonly Weights[];
  readonly rows: DrawnRows;
  readonly frameRows: DrawnRows;
}

function draw(into: Float32Array, glyph: Glyph, pen: Pen): void {
  const { across, down } = pen;
  const nx = across.length;
  const lines = Array.from(glyph.rows, (_, y) => (glyph.rows[y] === 0 ? undefined : drawRow(glyph, y, pen)));
  for (const [j, { from, values }] of down.entries()) {
    for (let k = 0; k < values.length; k += 1) {
      const line = lines[from + k];
      if (line === undefined) continue;
      const weight = values[k] ?? 0;
      for (let i = 0; i < nx; i += 1) into[j * nx + i] = (into[j * nx + i] ?? 0) + weight * (line[i] ?? 0);
    }
  }
}

function drawRow(glyph: Glyph, y: number, { cell, across, rows, frameRows }: Pen): Float32Array {
  const bits = glyph.rows[y] ?? 0;
  const drawn = runsThrough(glyph.code) ? frameRows : rows;
  const known = drawn.get(bits);
  if (known) return known;
  const line = Float32Array.from(across, ({ from, values }) => {
    let sum = 0;
    for (let k = 0; k < values.length; k += 1) sum += (values[k] ?? 0) * inkAt(glyph, from + k, y, cell);
    return sum;
  });
  drawn.set(bits, line);
  return line;
}

/** A shadow lies where the glyph, moved by one pixel, has ink and the glyph has none. */
function addShadow(into: Float32Array, glyph: Glyph, pen: Pen): void {
  const rows = glyph.rows.map((_, y) => (((y > 0 ? (glyph.rows[y - 1] ?? 0) : 0) >>> 1) & ~(glyph.rows[y] ?? 0)) >>> 0);
  const shade = new Float32Array(into.length);
  draw(shade, { code: glyph.code, rows }, pen);
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] ?? 0) - (shade[at] ?? 0);
}

function makePool(nx: number, ny: number): Pool {
  const [across, down] = [Math.min(nx, poolSide), Math.min(ny, poolSide)];
  const target = new Uint16Array(nx * ny);
  for (let at = 0; at < target.length; at += 1) {
    target[at] = Math.floor((Math.floor(at / nx) * down) / ny) * across + Math.floor(((at % nx) * across) / nx);
  }
  return { target, size: across * down, across };
}

export function poolInto(into: Float32Array, from: Float32Array, pool: Pool): void {
  into.fill(0);
  for (let at = 0; at < pool.target.length; at += 1) {
    const target = pool.target[at] ?? 0;
    into[target] = (into[target] ?? 0) + (from[at] ?? 0);
  }
}

/** Brings a cell to length 1 without what a plane would explain: paper that grows lighter to one side. Returns the length that it had, 0 for a flat one. */
export function normalise(vector: Float32Array, nx: number): number {
  const size = vector.length;
  const ny = size / nx;
  const [midX, midY] = [(nx - 1) / 2, (ny - 1) / 2];
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let j = 0, at = 0; j < ny; j += 1) {
    for (let i = 0; i < nx; i += 1, at += 1) {
      const value = vector[at] ?? 0;
      sum += value;
      sumX += value * (i - midX);
      sumY += value * (j - midY);
    }
  }
  const mean = sum / size;
  const slopeX = nx > 1 ? (sumX * 12) / (size * (nx * nx - 1)) : 0;
  const slopeY = ny > 1 ? (sumY * 12) / (size * (ny * ny - 1)) : 0;
  let square = 0;
  for (let j = 0, at = 0; j < ny; j += 1) {
    for (let i = 0; i < nx; i += 1, at += 1) {
      const value = (vector[at] ?? 0) - mean - slopeX * (i - midX) - slopeY * (j - midY);
      vector[at] = value;
      square += value * value;
    }
  }
  const length = Math.sqrt(square);
  if (length < 1e-3) return 0;
  for (let at = 0; at < size; at += 1) vector[at] = (vector[at] ?? 0) / length;
  return length;
}
