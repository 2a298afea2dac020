import type { Rectangle } from "../frame.ts";
import type { PixelLayout } from "../wire/pixels.ts";
import { Bytes } from "./bytes.ts";
import type { Canvas } from "./canvas.ts";
import type { Decoder, Decoding } from "./decoding.ts";
import { tiles } from "./tiles.ts";

const side = 64;
const stream = 4;

/** RFC 6143 §7.7.6: tiles of 64x64, each in the shortest of six forms, all through one zlib stream. */
export const zrle: Decoder = async (area, { wire, canvas, pixels, inflaters, wrong }) => {
  const layout = pixels.compressed;
  const count = Math.ceil(area.width / side) * Math.ceil(area.height / side);
  // The longest form is a run of one pixel each; a palette comes on top.
  const most = area.width * area.height * (layout.bytes + 1) + count * (1 + 127 * layout.bytes);
  await wire.need(4);
  const length = wire.u32();
  if (length > most * 1.01 + 1024) throw wrong(`${length} compressed bytes for ${area.width}x${area.height} pixels`);
  const data = await inflateOr(wrong, () => inflaters.of(stream).inflate(wire, length, most), wire);
  const bytes = new Bytes(data, () => wrong("a ZRLE rectangle that ends too early"));
  for (const tile of tiles(area, side)) paintTile(tile, bytes, canvas, layout, wrong);
};

/** A broken connection keeps its own error; everything else is the server's fault. */
export async function inflateOr(
  wrong: Decoding["wrong"],
  inflate: () => Promise<Buffer>,
  wire: Decoding["wire"],
): Promise<Buffer> {
  try {
    return await inflate();
  } catch (error) {
    throw wire.failure ?? wrong("compressed bytes that cannot be decompressed", error);
  }
}

function paintTile(tile: Rectangle, bytes: Bytes, canvas: Canvas, layout: PixelLayout, wrong: Decoding["wrong"]): void {
  const kind = bytes.u8();
  if (kind === 0) {
    const from = bytes.skip(tile.width * tile.height * layout.bytes);
    canvas.paint(tile, bytes.data.subarray(from, bytes.at), layout);
  } else if (kind === 1) canvas.fill(tile.x, tile.y, tile.width, tile.height, bytes.pixel(layout));
  else if (kind <= 16) paintPacked(tile, bytes, canvas, bytes.palette(kind, layout), wrong);
  else if (kind === 128) paintRuns(tile, canvas, wrong, () => [bytes.pixel(layout), runLength(bytes)]);
  else if (kind >= 130) {
    const palette = bytes.palette(kind - 128, layout);
    paintRuns(tile, canvas, wrong, () => {
      const entry = bytes.u8();
      const colour = palette[entry & 127];
      if (colour === undefined) throw wrong("a colour that is not in its palette");
      return [colour, entry & 128 ? runLength(bytes) : 1];
    });
  } else throw wrong(`a ZRLE tile of kind ${kind}`);
}

/** Indices of 1, 2 or 4 bits; each row begins with a byte of its own. */
function paintPacked(
  tile: Rectangle,
  bytes: Bytes,
  canvas: Canvas,
  palette: Uint32Array,
  wrong: Decoding["wrong"],
): void {
  const bits = palette.length <= 2 ? 1 : palette.length <= 4 ? 2 : 4;
  const stride = Math.ceil((tile.width * bits) / 8);
  const mask = (1 << bits) - 1;
  for (let row = 0; row < tile.height; row++) {
    const from = bytes.skip(stride);
    const to = (tile.y + row) * canvas.frame.width + tile.x;
    for (let x = 0; x < tile.width; x++) {
      const bit = x * bits;
      const index = ((bytes.data[from + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & mask;
      const colour = palette[index];
      if (colour === undefined) throw wrong("a colour that is not in its palette");
      canvas.pixels[to + x] = colour;
    }
  }
}

/** 1 plus the sum of all bytes up to the first that is not 255. */
function runLength(bytes: Bytes): number {
  let length = 1;
  for (;;) {
    const more = bytes.u8();
    length += more;
    if (more !== 255) return length;
  }
}

function paintRuns(tile: Rectangle, canvas: Canvas, wrong: Decoding["wrong"], next: () => [number, number]): void {
  const all = tile.width * tile.height;
  const stride = canvas.frame.width;
  for (let done = 0; done < all;) {
    const [colour, length] = next();
    if (done + length > all) throw wrong("a run that leaves its tile");
    for (let rest = length; rest > 0;) {
      const x = done % tile.width;
      const part = Math.min(rest, tile.width - x);
      const start = (tile.y + Math.floor(done / tile.width)) * stride + tile.x + x;
      canvas.pixels.fill(colour, start, start + part);
      done += part;
      rest -= part;
    }
  }
}
