import type { Picture } from "../picture.ts";
import type { Pixels } from "./cell-reader.ts";

/** The same bytes, seen as one number per pixel, red lowest (every machine that Node 24 runs on is little-endian). */
export function pixelsOf({ width, height, data }: Picture): Pixels {
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
  return { width, height, data: new Uint32Array(aligned.buffer, aligned.byteOffset, width * height) };
}
