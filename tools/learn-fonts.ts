import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { learnFont } from "../src/console/learn.ts";
import { decodePicture } from "../src/console/picture.ts";
import { shippedFonts } from "../src/fonts/catalog.ts";
import { encodeFont } from "../src/fonts/font.ts";

/**
 * Learns what the kernel's own font looks like from a picture with a known text (the font's source is GPL and stays out):
 *   bin/node tools/learn-fonts.ts PICTURE.png TEXT NAME [BASE]
 * What the picture does not show is taken from the font BASE of the same size, to which the new one is nearest.
 */
const [picture = "", text = "", name = "", base = ""] = process.argv.slice(2);
const { font, doubtful } = learnFont(await decodePicture(readFileSync(picture)), readFileSync(text, "utf8"), name);
const nearest = shippedFonts().find(
  (one) => one.name === base && one.width === font.width && one.height === font.height,
);
const learnt = new Set(font.glyphs.map(({ code }) => code));
const glyphs = [...font.glyphs, ...(nearest?.glyphs.filter(({ code }) => !learnt.has(code)) ?? [])];
const file = path.join(import.meta.dirname, `../src/fonts/data/${name}-${font.width}x${font.height}.gz`);
writeFileSync(file, encodeFont({ ...font, glyphs }));
console.log(`${file}: ${learnt.size} learnt, ${glyphs.length} in all, doubtful: ${doubtful.join(" ")}`);
