import type { Picture } from "./picture.ts";

/** How a screen came to be text: glyphs looked up bit by bit, matched within tolerance, guessed by OCR, or characters that were text all along. */
export type ReadPath = "exact" | "tolerant" | "ocr" | "text";

/** Where the character grid lies in the picture, in pixels; fractions where the picture was scaled. */
export interface Grid {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

export interface Cursor {
  readonly column: number;
  readonly row: number;
}

/** What is known of every cell, row after row from the top left. Colours are 0xRRGGBB. */
export interface Cells {
  readonly codes: Uint32Array;
  /** 0 to 100; below {@link sure} the character must not be relied on. */
  readonly confidence: Uint8Array;
  readonly foreground: Uint32Array;
  readonly background: Uint32Array;
}

/** From this confidence (of 100) on, a character counts as read and not as guessed. */
export const sure = 80;

/** What a console shows at one moment, as text. The same for serial lines and for pictures. */
export interface Screen {
  readonly cols: number;
  readonly rows: number;
  /** One string per row, blanks at the end cut off. What cannot be read is U+FFFD. */
  readonly lines: readonly string[];
  /** Absent where only text is known (OCR). */
  readonly cells?: Cells;
  readonly cursor?: Cursor;
  /** File, machine or address that it was taken from. */
  readonly source?: string;
  /** When it was shown, in milliseconds of the epoch. */
  readonly at?: number;
  /** Mean confidence of what is not blank, 0 to 1. */
  readonly confidence: number;
  readonly font?: string;
  readonly path: ReadPath;
  readonly grid?: Grid;
  readonly picture?: Picture;
}

/**
 * The rows, and where one is full to the edge also joined with those that follow, so that `Dropping to a shell!` is found although the screen's
 * edge cut it. A row that is full may have wrapped or may not: both readings are offered, each row first by itself.
 */
export function searchable(screen: Pick<Screen, "cols" | "lines">): string[] {
  const all = [...screen.lines];
  let joined = "";
  for (const line of screen.lines) {
    const full = [...line].length >= screen.cols;
    if (full) joined += line;
    else if (joined !== "") {
      all.push(joined + line);
      joined = "";
    }
  }
  if (joined !== "") all.push(joined);
  return all;
}

/** Text from cells: one string per row, blanks at the end cut off. */
export function linesOf(codes: Uint32Array, cols: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < codes.length; at += cols) {
    lines.push(String.fromCodePoint(...codes.subarray(at, at + cols)).trimEnd());
  }
  return lines;
}

/** Mean confidence of the cells that are not blank, 0 to 1; 1 for an empty screen that is blank for sure. */
export function meanConfidence(cells: Cells): number {
  let [sum, count, blanks] = [0, 0, 0];
  for (const [index, code] of cells.codes.entries()) {
    if (code === 0x20) blanks += cells.confidence[index] ?? 0;
    else {
      sum += cells.confidence[index] ?? 0;
      count += 1;
    }
  }
  return (count > 0 ? sum / count : blanks / Math.max(1, cells.codes.length)) / 100;
}
