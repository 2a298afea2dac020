import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { readByOcr } from "../src/console/ocr.ts";
import { decodePicture } from "../src/console/picture.ts";
import { readGrid } from "../src/console/read.ts";
import { print, row } from "./lib/report.ts";

/** Pictures that Tesseract reads too: it takes its time. */
const peers = 4;
const rounds = 5;

/** Reading undamaged screens from decoded pixels in one warm process, against Tesseract on some of the same pictures. */
export async function screens(corpus: string): Promise<boolean> {
  const files = (await readdir(corpus)).filter((file) => file.endsWith(".png"));
  const [read, decode]: [number[], number[]] = [[], []];
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (const [n, file] of files.entries()) {
    const bytes = await readFile(path.join(corpus, file));
    const begin = performance.now();
    const picture = await decodePicture(bytes);
    decode.push(performance.now() - begin);
    if (picture.width * picture.height > 1280 * 800) continue;
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      if (readGrid(picture) === undefined) throw new Error(`${file}: not read`);
      times.push(performance.now() - start);
    }
    const own = middle(times);
    read.push(own);
    if (n % Math.ceil(files.length / peers) !== 0) continue;
    const start = performance.now();
    if ((await readByOcr(picture)).lines.length === 0) throw new Error(`${file}: Tesseract read nothing`);
    theirs.push(performance.now() - start);
    ours.push(own);
  }
  process.stdout.write(`\ndecoding a PNG: median ${middle(decode).toFixed(1)} ms (not counted below)\n`);
  return print("reading a screen, up to 1280x800", [
    row("median / 5 ms", middle(read), 5, 1),
    row("median / tesseract.js", middle(ours), middle(theirs), 0.01),
  ]);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
