import type { Rectangle } from "../frame.ts";
import type { PixelFormat } from "../pixel-format.ts";
import { rgba, type Pixels } from "../wire/pixels.ts";
import type { Canvas } from "./canvas.ts";

/** Reads the parts of a pixel as they travel. */
type ReadParts = (data: Uint8Array, at: number, parts: Int32Array) => void;

const threeBytes: ReadParts = (data, at, parts) => {
  for (let part = 0; part < 3; part++) parts[part] = data[at + part] ?? 0;
};

function partsOf({ bits, bigEndian, max, shift }: PixelFormat): ReadParts {
  const bytes = bits / 8;
  return (data, at, parts) => {
    let value = 0;
    for (let step = 0; step < bytes; step++) {
      const byte = data[at + (bigEndian ? step : bytes - 1 - step)] ?? 0;
      value = value * 256 + byte;
    }
    for (let part = 0; part < 3; part++) parts[part] = (value >>> (shift[part] ?? 0)) & (max[part] ?? 0);
  };
}

/** Tight's gradient filter: each part of a colour is the difference to what its neighbours (left, above, above left) let expect. */
export function paintGradient(area: Rectangle, data: Uint8Array, canvas: Canvas, pixels: Pixels): void {
  const { format, tight } = pixels;
  const max = tight.bytes === 3 ? [255, 255, 255] : format.max;
  const read = tight.bytes === 3 ? threeBytes : partsOf(format);
  const found = new Int32Array(3);
  let above = new Int32Array((area.width + 1) * 3);
  let here = new Int32Array((area.width + 1) * 3);
  for (let row = 0, from = 0; row < area.height; row++) {
    here.fill(0, 0, 3);
    const to = (area.y + row) * canvas.frame.width + area.x;
    for (let x = 0; x < area.width; x++, from += tight.bytes) {
      read(data, from, found);
      for (let part = 0; part < 3; part++) {
        const at = x * 3 + part;
        const most = max[part] ?? 255;
        const expected = (here[at] ?? 0) + (above[at + 3] ?? 0) - (above[at] ?? 0);
        here[at + 3] = ((found[part] ?? 0) + Math.min(most, Math.max(0, expected))) & most;
      }
      canvas.pixels[to + x] = colour(here, x * 3 + 3, max);
    }
    [above, here] = [here, above];
  }
}

function colour(parts: Int32Array, at: number, max: readonly number[]): number {
  const part = (which: number) => {
    const most = max[which] ?? 255;
    const value = parts[at + which] ?? 0;
    return most === 255 ? value : Math.round((value * 255) / most);
  };
  return rgba(part(0), part(1), part(2));
}
