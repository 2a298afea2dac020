import type { Frame, Rectangle } from "../frame.ts";
import type { Pixels } from "../wire/pixels.ts";
import type { Wire } from "../wire/wire.ts";
import type { Canvas } from "./canvas.ts";
import type { Inflater } from "./inflater.ts";

/** What a decoder works with. */
export interface Decoding {
  readonly wire: Wire;
  readonly canvas: Canvas;
  readonly pixels: Pixels;
  /** Streams that last as long as the connection: 0 to 3 are Tight's, 4 is ZRLE's. */
  readonly inflaters: Inflaters;
  readonly jpeg: ((bytes: Uint8Array) => Promise<Frame>) | undefined;
  /** Makes the error for bytes that make no sense. */
  readonly wrong: (what: string, cause?: unknown) => Error;
}

/** Reads one rectangle from the wire and paints it. The rectangle lies within the picture and is not empty. */
export type Decoder = (area: Rectangle, decoding: Decoding) => Promise<void>;

/** Made when first needed. */
export interface Inflaters {
  of(stream: number): Inflater;
  /** The next byte of that stream begins anew. */
  reset(stream: number): void;
  close(): void;
}
