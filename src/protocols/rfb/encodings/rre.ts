import type { Decoder } from "./decoding.ts";

/** RFC 6143 §7.7.3: a background and rectangles on it. */
export const rre: Decoder = async (area, { wire, canvas, pixels, wrong }) => {
  const { bytes, read } = pixels.plain;
  await wire.need(4 + bytes);
  const count = wire.u32();
  if (count > area.width * area.height) throw wrong(`${count} rectangles within ${area.width}x${area.height}`);
  canvas.fill(area.x, area.y, area.width, area.height, read(wire.take(bytes), 0));
  for (let left = count; left > 0; left--) {
    if (wire.lacks(bytes + 8)) await wire.need(bytes + 8);
    const entry = wire.take(bytes + 8);
    const x = entry.readUInt16BE(bytes);
    const y = entry.readUInt16BE(bytes + 2);
    const width = entry.readUInt16BE(bytes + 4);
    const height = entry.readUInt16BE(bytes + 6);
    if (x + width > area.width || y + height > area.height) throw wrong("an RRE rectangle outside of its own");
    canvas.fill(area.x + x, area.y + y, width, height, read(entry, 0));
  }
};
