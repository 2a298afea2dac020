import type { Frame, Rectangle } from "../frame.ts";
import type { PixelLayout } from "../wire/pixels.ts";

const black = 0xff000000;

/** The picture while it is being painted. Whoever paints has checked that the rectangle lies within. */
export class Canvas {
  readonly frame: Frame;
  readonly pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.pixels = new Uint32Array(width * height).fill(black);
    this.frame = { width, height, data: new Uint8Array(this.pixels.buffer) };
  }

  fill(x: number, y: number, width: number, height: number, colour: number): void {
    const stride = this.frame.width;
    for (let row = y; row < y + height; row++) this.pixels.fill(colour, row * stride + x, row * stride + x + width);
  }

  /** Paints whole rows from the top of `area` down; `data` holds one pixel after the other. */
  paint(area: Rectangle, data: Uint8Array, { bytes, read }: PixelLayout): void {
    let from = 0;
    for (let row = area.y; row < area.y + area.height; row++) {
      const start = row * this.frame.width + area.x;
      for (let to = start; to < start + area.width; to++, from += bytes) this.pixels[to] = read(data, from);
    }
  }

  /** Where both overlap, the old pixels arrive. */
  copy(fromX: number, fromY: number, to: Rectangle): void {
    const stride = this.frame.width;
    const down = to.y > fromY;
    for (let step = 0; step < to.height; step++) {
      const row = down ? to.height - 1 - step : step;
      const from = (fromY + row) * stride + fromX;
      this.pixels.copyWithin((to.y + row) * stride + to.x, from, from + to.width);
    }
  }
}
