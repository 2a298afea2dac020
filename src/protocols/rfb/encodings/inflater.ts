import { once } from "node:events";
import { constants, createInflate } from "node:zlib";
import type { Wire } from "../wire/wire.ts";
import type { Decoding, Inflaters } from "./decoding.ts";

/** A zlib stream that lasts over many rectangles; each of them ends with a flush (RFC 6143 §7.7.6). */
export class Inflater {
  readonly #zlib = createInflate({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  #output: Buffer[] = [];
  #size = 0;
  #limit = 0;
  #broken: Error | undefined;
  readonly #wrong: Decoding["wrong"];

  constructor(wrong: Decoding["wrong"]) {
    this.#wrong = wrong;
    this.#zlib.on("data", (chunk: Buffer) => {
      this.#size += chunk.length;
      this.#output.push(chunk);
      if (this.#size > this.#limit) this.#zlib.destroy(this.#wrong(`more than ${this.#limit} bytes are compressed`));
    });
    this.#zlib.on("error", (error) => (this.#broken = error));
  }

  /** What the next `count` bytes of the wire hold. Throws as soon as more than `limit` bytes come out, or when they are not zlib's. */
  async inflate(wire: Wire, count: number, limit: number): Promise<Buffer> {
    this.#limit = limit;
    for await (const piece of wire.pieces(count)) await this.#feed(piece);
    const whole = Buffer.concat(this.#output, this.#size);
    this.#output = [];
    this.#size = 0;
    return whole;
  }

  async #feed(piece: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!this.#zlib.writable) throw this.#broken ?? this.#wrong("a compressed stream that was ended before");
    this.#zlib.once("close", resolve).once("end", resolve);
    this.#zlib.write(piece, () => resolve());
    await promise;
    this.#zlib.off("close", resolve).off("end", resolve);
    while (this.#zlib.readableLength > 0 && !this.#broken) await once(this.#zlib, "data");
    if (this.#broken) throw this.#broken;
  }

  close(): void {
    this.#zlib.destroy();
  }
}

/** The streams of one connection. */
export function inflaters(wrong: Decoding["wrong"]): Inflaters {
  const open = new Map<number, Inflater>();
  const reset = (stream: number) => {
    open.get(stream)?.close();
    open.delete(stream);
  };
  return {
    of: (stream) => {
      const inflater = open.get(stream) ?? new Inflater(wrong);
      open.set(stream, inflater);
      return inflater;
    },
    reset,
    close: () => [...open.keys()].forEach(reset),
  };
}
