import { crc32, deflateSync } from "node:zlib";
import type { ServerState } from "../server.ts";

/** Pictures of the host's screen at this moment, for the services that can give them. */
export type ScreenSource = (state: ServerState) => { png?: Uint8Array; jpeg?: Uint8Array };

/** One colour of grey for each state: enough to see that the picture is a new one. */
const greys: Record<ServerState, number> = {
  off: 0,
  post: 40,
  boot: 80,
  ready: 200,
  "no-boot-device": 120,
  hung: 140,
  setup: 160,
  "other-system": 220,
  "shutting-down": 60,
};

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG (ISO 15948) of `width` × `height` points, all of one grey. */
export function plainPng(width: number, height: number, grey: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits a point, colour type 0: grey
  const rows = Buffer.alloc((width + 1) * height, grey);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0; // no filter
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The smallest baseline JPEG (ITU-T T.81): 8 × 8 points of middle grey. */
const plainJpeg = Buffer.from(
  "ffd8ffdb004300" +
    "01".repeat(64) +
    "ffc0000b080008000801011100" +
    "ffc40014000100000000000000000000000000000000" +
    "ffc40014100100000000000000000000000000000000" +
    "ffda0008010100003f003fffd9",
  "hex",
);

/** A screen without text, when nobody draws a better one. */
export const plainScreen: ScreenSource = (state) => ({
  png: plainPng(720, 400, greys[state]),
  jpeg: plainJpeg,
});
