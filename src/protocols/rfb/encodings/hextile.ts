import type { Rectangle } from "../frame.ts";
import type { Decoder, Decoding } from "./decoding.ts";
import { tiles } from "./tiles.ts";

/** RFC 6143 §7.7.4: what the first byte of a tile says. */
const Bit = { raw: 1, background: 2, foreground: 4, rectangles: 8, coloured: 16 } as const;

/** Colours go on from one tile to the next. */
interface Colours {
  background: number;
  foreground: number;
}

export const hextile: Decoder = async (area, decoding) => {
  const colours: Colours = { background: 0xff000000, foreground: 0xff000000 };
  for (const tile of tiles(area, 16)) await paintTile(tile, colours, decoding);
};

async function paintTile(tile: Rectangle, colours: Colours, decoding: Decoding): Promise<void> {
  const { wire, canvas, pixels } = decoding;
  const { bytes, read } = pixels.plain;
  if (wire.lacks(1)) await wire.need(1);
  const kind = wire.u8();
  if (kind & Bit.raw) {
    canvas.paint(tile, await wire.read(tile.width * tile.height * bytes), pixels.plain);
    return;
  }
  const head =
    (kind & Bit.background ? bytes : 0) + (kind & Bit.foreground ? bytes : 0) + (kind & Bit.rectangles ? 1 : 0);
  if (wire.lacks(head)) await wire.need(head);
  if (kind & Bit.background) colours.background = read(wire.take(bytes), 0);
  if (kind & Bit.foreground) colours.foreground = read(wire.take(bytes), 0);
  canvas.fill(tile.x, tile.y, tile.width, tile.height, colours.background);
  if (kind & Bit.rectangles) await paintRectangles(tile, (kind & Bit.coloured) !== 0, colours, decoding);
}

async function paintRectangles(
  tile: Rectangle,
  coloured: boolean,
  colours: Colours,
  decoding: Decoding,
): Promise<void> {
  const { wire, canvas, pixels, wrong } = decoding;
  const { bytes, read } = pixels.plain;
  const size = coloured ? bytes + 2 : 2;
  const count = wire.u8();
  if (wire.lacks(count * size)) await wire.need(count * size);
  const entries = wire.take(count * size);
  for (let at = 0; at < entries.length; at += size) {
    const place = entries.readUInt8(at + size - 2);
    const extent = entries.readUInt8(at + size - 1);
    const [x, y] = [place >> 4, place & 15];
    const [width, height] = [(extent >> 4) + 1, (extent & 15) + 1];
    if (x + width > tile.width || y + height > tile.height) throw wrong("a Hextile rectangle outside of its tile");
    canvas.fill(tile.x + x, tile.y + y, width, height, coloured ? read(entries, at) : colours.foreground);
  }
}
