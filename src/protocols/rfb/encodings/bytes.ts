import type { PixelLayout } from "../wire/pixels.ts";

/** Reads what was inflated; more than there is makes the error that `short` makes. */
export class Bytes {
  readonly data: Buffer;
  at = 0;
  readonly #short: () => Error;

  constructor(data: Buffer, short: () => Error) {
    this.data = data;
    this.#short = short;
  }

  u8(): number {
    return this.data[this.skip(1)] ?? 0;
  }

  pixel({ bytes, read }: PixelLayout): number {
    return read(this.data, this.skip(bytes));
  }

  palette(size: number, layout: PixelLayout): Uint32Array {
    return Uint32Array.from({ length: size }, () => this.pixel(layout));
  }

  /** Where the next `count` bytes begin. */
  skip(count: number): number {
    const start = this.at;
    if (start + count > this.data.length) throw this.#short();
    this.at += count;
    return start;
  }
}
