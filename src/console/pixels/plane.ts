import type { Pixels } from "./cell-reader.ts";

/** One channel of a picture, 0 to 255. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  /** A colour difference, which compression keeps at half resolution. */
  readonly isColour: boolean;
}

/** Brightness and the two colour differences (ITU-R BT.601): text in colours of like brightness is told from its paper by the latter. */
export interface Planes {
  readonly luma: Plane;
  readonly blue: Plane;
  readonly red: Plane;
}

export function planesOf({ width, height, data }: Pixels): Planes {
  const luma = new Float32Array(width * height);
  const [blue, red] = [luma.slice(), luma.slice()];
  for (let at = 0; at < data.length; at += 1) {
    const pixel = data[at] ?? 0;
    const [r, g, b] = [pixel & 0xff, (pixel >>> 8) & 0xff, (pixel >>> 16) & 0xff];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    luma[at] = y;
    blue[at] = b - y;
    red[at] = r - y;
  }
  const plane = (channel: Float32Array, isColour: boolean) => ({ width, height, data: channel, isColour });
  return { luma: plane(luma, false), blue: plane(blue, true), red: plane(red, true) };
}
