import type { Font } from "#fonts/font.ts";
import type { Picture } from "../picture.ts";

export interface DrawOptions {
  readonly cols: number;
  readonly rows: number;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Draws text as a console does, light grey on black: pictures with a known text, for tests. */
export function draw(lines: readonly string[], font: Font, options: DrawOptions): Picture {
  const { cols, rows, left = 0, top = 0 } = options;
  const { width = cols * font.width, height = rows * font.height } = options;
  const data = new Uint8Array(width * height * 4);
  const glyphs = new Map(font.glyphs.map(({ code, rows }) => [code, rows]));
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of [...line].entries()) {
      const bits = glyphs.get(character.codePointAt(0) ?? 0);
      const at = (top + row * font.height) * width + left + column * font.width;
      if (bits) drawGlyph({ width, height, data }, bits, font.width, at);
    }
  }
  return { width, height, data };
}

function drawGlyph({ width, data }: Picture, rows: Uint32Array, glyphWidth: number, start: number): void {
  for (const [y, pattern] of rows.entries()) {
    for (let x = 0; x < glyphWidth; x += 1) {
      if (((pattern >>> (glyphWidth - 1 - x)) & 1) === 0) continue;
      const at = (start + y * width + x) * 4;
      data.fill(170, at, at + 3);
    }
  }
}
