import type { Decoder } from "./decoding.ts";

/** RFC 6143 §7.7.1. Some rows at a time. */
export const raw: Decoder = async (area, { wire, canvas, pixels }) => {
  const stride = area.width * pixels.plain.bytes;
  const most = Math.max(1, Math.floor(65_536 / stride));
  for (let row = 0; row < area.height; row += most) {
    const height = Math.min(most, area.height - row);
    const data = await wire.read(height * stride);
    canvas.paint({ ...area, y: area.y + row, height }, data, pixels.plain);
  }
};

/** RFC 6143 §7.7.2. */
export const copyRect: Decoder = async (area, { wire, canvas, wrong }) => {
  await wire.need(4);
  const x = wire.u16();
  const y = wire.u16();
  const { width, height } = canvas.frame;
  if (x + area.width > width || y + area.height > height) throw wrong("it copies from outside of the picture");
  canvas.copy(x, y, area);
};
