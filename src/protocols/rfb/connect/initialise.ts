import { ProtocolError, TooLargeError } from "../errors.ts";
import { decodePixelFormat, type PixelFormat } from "../pixel-format.ts";
import { readText, type Opening } from "./opening.ts";

/** What the server is like (RFC 6143 §7.3.2). */
export interface Desktop {
  width: number;
  height: number;
  format: PixelFormat;
  name: string;
}

export async function initialise({ wire, subject }: Opening, shared: boolean, largest: number): Promise<Desktop> {
  await wire.send(Buffer.of(Number(shared)));
  const head = Buffer.from(await wire.read(20));
  const [width, height] = [head.readUInt16BE(0), head.readUInt16BE(2)];
  checkSize(subject, width, height, largest);
  const name = await readText(wire, (length) => new ProtocolError(subject, `a name of ${length} bytes`));
  return { width, height, format: decodePixelFormat(head.subarray(4)), name };
}

/** A server says 65535x65535 at no cost to itself. */
export function checkSize(subject: string, width: number, height: number, largest: number): void {
  if (width * height > largest) throw new TooLargeError(subject, `a picture of ${width}x${height} pixels`);
}
