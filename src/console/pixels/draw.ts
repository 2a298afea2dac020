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
      const bits = glyphs.get(character.codePointAt(0) ?? 0) ?? [];
      for (const [y, pattern] of bits.entries()) {
        for (let x = 0; x < font.width; x += 1) {
          if (((pattern >>> (font.width - 1 - x)) & 1) === 0) continue;
          const at = (top + row * font.height + y) * width + left + column * font.width + x;
          data.fill(170, at * 4, at * 4 + 3);
        }
      }
    }
  }
  return { width, height, data };
}
