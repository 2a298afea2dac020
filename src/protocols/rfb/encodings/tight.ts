import type { Rectangle } from "../frame.ts";
import type { PixelLayout } from "../wire/pixels.ts";
import type { Decoder, Decoding } from "./decoding.ts";
import { paintGradient } from "./gradient.ts";
import { paintJpeg } from "./jpeg.ts";
import { inflateOr } from "./zrle.ts";

/** The registry's "Tight Encoding": the upper half of the first byte. */
const Kind = { fill: 8, jpeg: 9 } as const;
const Filter = { copy: 0, palette: 1, gradient: 2 } as const;
/** Shorter data is not compressed. */
const shortest = 12;

export const tight: Decoder = async (area, decoding) => {
  const { wire, canvas, pixels, inflaters, wrong } = decoding;
  await wire.need(1);
  const control = wire.u8();
  for (let stream = 0; stream < 4; stream++) if (control & (1 << stream)) inflaters.reset(stream);
  const kind = control >> 4;
  if (kind === Kind.fill) {
    const { bytes, read } = pixels.tight;
    canvas.fill(area.x, area.y, area.width, area.height, read(await wire.read(bytes), 0));
  } else if (kind === Kind.jpeg) await paintJpeg(area, await compactLength(decoding), decoding);
  else if (kind < Kind.fill) await basic(area, kind & 3, (kind & 4) !== 0, decoding);
  else throw wrong(`Tight compression ${kind}`);
};

async function basic(area: Rectangle, stream: number, filtered: boolean, decoding: Decoding): Promise<void> {
  const { wire, canvas, pixels, wrong } = decoding;
  const filter = filtered ? (await wire.read(1)).readUInt8() : Filter.copy;
  const layout = pixels.tight;
  if (filter === Filter.palette) await paletted(area, stream, layout, decoding);
  else if (filter === Filter.copy || filter === Filter.gradient) {
    const data = await content(area.width * area.height * layout.bytes, stream, decoding);
    if (filter === Filter.copy) canvas.paint(area, data, layout);
    else paintGradient(area, data, canvas, pixels);
  } else throw wrong(`Tight filter ${filter}`);
}

/** Two colours take a bit each, row by row; more take a byte. */
async function paletted(area: Rectangle, stream: number, layout: PixelLayout, decoding: Decoding): Promise<void> {
  const { wire, canvas, wrong } = decoding;
  const size = (await wire.read(1)).readUInt8() + 1;
  const bytes = await wire.read(size * layout.bytes);
  const palette = Uint32Array.from({ length: size }, (_, at) => layout.read(bytes, at * layout.bytes));
  const bits = size <= 2;
  const stride = bits ? Math.ceil(area.width / 8) : area.width;
  const data = await content(stride * area.height, stream, decoding);
  for (let row = 0; row < area.height; row++) {
    const to = (area.y + row) * canvas.frame.width + area.x;
    for (let x = 0; x < area.width; x++) {
      const index = bits ? ((data[row * stride + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1 : (data[row * stride + x] ?? 0);
      const colour = palette[index];
      if (colour === undefined) throw wrong("a colour that is not in its palette");
      canvas.pixels[to + x] = colour;
    }
  }
}

/** Exactly `size` bytes, compressed or not. */
async function content(size: number, stream: number, decoding: Decoding): Promise<Buffer> {
  const { wire, inflaters, wrong } = decoding;
  if (size < shortest) return Buffer.from(await wire.read(size));
  const length = await compactLength(decoding);
  const data = await inflateOr(wrong, () => inflaters.of(stream).inflate(wire, length, size), wire);
  if (data.length !== size) throw wrong(`${data.length} bytes came out where ${size} are needed`);
  return data;
}

/** 1 to 3 bytes, 7 bits of each but the last, the lowest first. */
async function compactLength({ wire }: Decoding): Promise<number> {
  const next = async () => (await wire.read(1)).readUInt8();
  const first = await next();
  if (first < 128) return first;
  const second = await next();
  const low = (first & 127) | ((second & 127) << 7);
  return second < 128 ? low : low | ((await next()) << 14);
}
