import { promisify } from "node:util";
import { MalformedError, TooLargeError } from "../errors.ts";
import type { Received } from "./exchange.ts";

/** The body as it was before compression, at most `largest` bytes of it: some BMCs compress although they were asked not to. */
export async function unpacked(received: Received, subject: string, largest: number): Promise<Buffer> {
  const encoding = received.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "" || received.body.length === 0) return received.body;
  const zlib = await import("node:zlib");
  const unpack = { gzip: zlib.gunzip, "x-gzip": zlib.gunzip, deflate: zlib.inflate, br: zlib.brotliDecompress }[
    encoding
  ];
  if (unpack === undefined) throw new MalformedError(subject, `a body in an encoding that is not known (${encoding})`);
  try {
    const limit: { maxOutputLength: number } = { maxOutputLength: largest };
    return await promisify<Uint8Array, typeof limit, Buffer>(unpack)(received.body, limit);
  } catch (error) {
    if (error instanceof RangeError) throw new TooLargeError(subject, `an answer of more than ${largest} bytes`);
    throw new MalformedError(subject, "a compressed body that is damaged", error);
  }
}
