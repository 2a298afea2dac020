import { Encoding, type EncodingName } from "../numbers.ts";
import type { Decoder } from "./decoding.ts";
import { hextile } from "./hextile.ts";
import { copyRect, raw } from "./raw.ts";
import { rre } from "./rre.ts";
import { tight } from "./tight.ts";
import { zrle } from "./zrle.ts";

const byName: Readonly<Record<EncodingName, Decoder>> = { raw, copyRect, rre, hextile, tight, zrle };

/** Decoders by the number of their encoding. */
export const decoders: ReadonlyMap<number, Decoder> = new Map(
  Object.entries(byName).map(([name, decoder]) => [Encoding[name as EncodingName], decoder]),
);
