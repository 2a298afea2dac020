import { createRequire } from "node:module";
import path from "node:path";
import { encodePng } from "./picture.ts";
import type { Picture } from "./picture.ts";
import type { Screen } from "./screen.ts";

/** Below this, Tesseract itself does not believe what it read (of 100). */
const leastConfidence = 30;

/**
 * Reads text that stands on no grid with Tesseract (some seconds). What it says is a guess: no character counts as sure, and words that it doubts become U+FFFD.
 * The language data come from npm; nothing is fetched and nothing is written.
 */
export async function readByOcr(picture: Picture): Promise<Screen> {
  const { createWorker } = await import("tesseract.js");
  const data = createRequire(import.meta.url).resolve("@tesseract.js-data/eng/package.json");
  const langPath = path.join(path.dirname(data), "4.0.0_best_int");
  const worker = await createWorker("eng", 1, { langPath, gzip: true, cacheMethod: "none" });
  try {
    const { data: page } = await worker.recognize(await encodePng(picture), {}, { text: true });
    const confidence = Math.min(0.79, page.confidence / 100);
    const text = page.confidence < leastConfidence ? page.text.replace(/\S/g, "\u{fffd}") : page.text;
    const lines = text.split("\n").map((line) => line.trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return {
      cols: Math.max(0, ...lines.map((line) => line.length)),
      rows: lines.length,
      lines,
      confidence,
      path: "ocr",
    };
  } finally {
    await worker.terminate();
  }
}
