import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { RackhandError } from "#base/errors.ts";

/** A decoded picture: 4 bytes a pixel, red first, rows from the top, nothing between them. Alpha counts for nothing. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A file that is no picture, a broken one, or one larger than any screen. */
export class PictureError extends RackhandError {}

/** No screen is larger; what claims to be is not decoded at all. */
const most = { side: 8192, pixels: 20_000_000, bytes: 64 * 1024 * 1024 };

/** Reads a PNG or a JPEG. Costs memory only for what {@link most} allows; anything else ends in a {@link PictureError}. */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  if (bytes.length > most.bytes) throw new PictureError("picture.too-large", `${bytes.length} bytes are no screen`);
  const kind = isPng(bytes) ? "PNG" : isJpeg(bytes) ? "JPEG" : undefined;
  if (kind === undefined) {
    throw new PictureError("picture.unknown", "neither PNG nor JPEG", { advice: "convert it to PNG" });
  }
  const size = kind === "PNG" ? pngSize(bytes) : jpegSize(bytes);
  if (size === undefined) throw new PictureError("picture.broken", `the ${kind} has no size`);
  const { width, height } = size;
  if (width < 1 || height < 1 || width > most.side || height > most.side || width * height > most.pixels) {
    throw new PictureError("picture.too-large", `${width}x${height} is no screen`);
  }
  try {
    return kind === "PNG" ? await decodePng(bytes) : await decodeJpeg(bytes, size);
  } catch (error) {
    throw new PictureError("picture.broken", `the ${kind} cannot be decoded`, { cause: error });
  }
}

interface Size {
  width: number;
  height: number;
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** PNG (RFC 2083) §11.2.2: the header is the first chunk. */
function pngSize(bytes: Uint8Array): Size | undefined {
  if (bytes.length < 33) return undefined;
  return { width: view(bytes).getUint32(16), height: view(bytes).getUint32(20) };
}

/** ITU T.81 B.2.2: the frame header SOFn tells the size; C4, C8 and CC in its range are other markers. */
function jpegSize(bytes: Uint8Array): Size | undefined {
  const data = view(bytes);
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: data.getUint16(at + 5), width: data.getUint16(at + 7) };
    } else at += 2 + data.getUint16(at + 2);
  }
  return undefined;
}

async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const { decode, convertIndexedToRgb } = await import("fast-png");
  const image = decode(bytes);
  const { width, height, depth } = image;
  const indexed = image.palette !== undefined;
  const source = indexed ? convertIndexedToRgb(image) : image.data;
  const channels = indexed ? source.length / (width * height) : image.channels;
  const data = new Uint8Array(width * height * 4);
  const shift = depth === 16 && !indexed ? 8 : 0;
  const scale = !indexed && depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  for (let from = 0, to = 0; to < data.length; from += channels, to += 4) {
    const red = ((source[from] ?? 0) >> shift) * scale;
    data[to] = red;
    data[to + 1] = channels < 3 ? red : ((source[from + 1] ?? 0) >> shift) * scale;
    data[to + 2] = channels < 3 ? red : ((source[from + 2] ?? 0) >> shift) * scale;
    data[to + 3] = 255;
  }
  return { width, height, data };
}

let jpegDecoder: Promise<(bytes: ArrayBuffer) => Promise<Picture>> | undefined;

async function decodeJpeg(bytes: Uint8Array, size: Size): Promise<Picture> {
  jpegDecoder ??= startJpegDecoder();
  const decode = await jpegDecoder;
  const { width, height, data } = await decode(new Uint8Array(bytes).buffer);
  if (data.length !== width * height * 4 || width !== size.width || height !== size.height) {
    throw new PictureError("picture.broken", "the JPEG is not of the size that it claims");
  }
  return { width, height, data };
}

/** What the decoder gives: an ImageData, of which Node knows no type. */
interface Decoded {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The decoder's module looks for its WebAssembly with fetch, which knows no files; it gets it ready made. */
async function startJpegDecoder(): Promise<(bytes: ArrayBuffer) => Promise<Picture>> {
  const file = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  const module = await import("@jsquash/jpeg/decode.js");
  await module.init({ wasmBinary: new Uint8Array(readFileSync(file)).buffer });
  const decode: (bytes: ArrayBuffer) => Promise<Decoded> = module.default;
  return async (bytes) => {
    const { width, height, data } = await decode(bytes);
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  };
}

/** A PNG of a picture. */
export async function encodePng({ width, height, data }: Picture): Promise<Buffer> {
  const { encode } = await import("fast-png");
  return Buffer.from(encode({ width, height, data, channels: 4, depth: 8 }));
}
