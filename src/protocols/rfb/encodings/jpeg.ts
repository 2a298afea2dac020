import type { Rectangle } from "../frame.ts";
import type { Decoding } from "./decoding.ts";

/** A JPEG within Tight. Its header is looked at before any decoder is, so that it cannot claim to be larger than its rectangle. */
export async function paintJpeg(area: Rectangle, length: number, decoding: Decoding): Promise<void> {
  const { wire, canvas, jpeg, wrong } = decoding;
  const bytes = Buffer.from(await wire.read(length));
  if (jpeg === undefined) throw wrong("it sends JPEG, which was not asked for");
  const size = sizeOf(bytes);
  if (size?.width !== area.width || size.height !== area.height) throw wrong("a JPEG that does not fit its rectangle");
  const picture = await decoded(jpeg, bytes, wrong);
  if (picture.data.length !== area.width * area.height * 4) throw wrong("a JPEG that does not fit its rectangle");
  canvas.paint(area, picture.data, {
    bytes: 4,
    read: (data, at) => (0xff000000 | ((data[at + 2] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at] ?? 0)) >>> 0,
  });
}

async function decoded(jpeg: NonNullable<Decoding["jpeg"]>, bytes: Uint8Array, wrong: Decoding["wrong"]) {
  try {
    return await jpeg(bytes);
  } catch (error) {
    throw wrong("a JPEG that cannot be decoded", error);
  }
}

/** ITU T.81 B.2.2: the frame header SOFn tells the size; C4, C8 and CC in its range are other markers. */
function sizeOf(bytes: Buffer): { width: number; height: number } | undefined {
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = bytes.readUInt8(at + 1);
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    } else at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
