import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ExitCode, UsageError } from "#base/errors.ts";
import { learnFont } from "#console/learn.ts";
import { decodePicture } from "#console/picture.ts";
import { findEstate } from "#estate/load.ts";
import { encodeFont } from "#fonts/font.ts";
import type { Call } from "../call.ts";
import { count } from "../output/words.ts";

/** Learns a font from a picture whose text is known, and keeps it in the estate's folder `fonts`. */
export async function run(call: Call): Promise<number> {
  const { out } = call;
  const [picture, text] = [call.argument(0), call.argument(1)];
  const name = call.value("name") ?? path.basename(picture, path.extname(picture));
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw new UsageError("usage.name", `'${name}' is no name for a font`, {
      advice: "letters, digits, dots and dashes",
    });
  }
  const flag = call.value("estate");
  const estate = findEstate({ ...(flag === undefined ? {} : { flag }), env: call.env, cwd: process.cwd() });
  const { font, doubtful } = learnFont(
    await decodePicture(await read(picture)),
    (await read(text)).toString("utf8"),
    name,
  );
  const file = path.join(estate, "fonts", `${name}-${font.width}x${font.height}.gz`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, encodeFont(font));
  out.line(
    `${out.paint.green(out.marks.done)} ${file}: ${count(font.glyphs.length, "glyph")} of ${font.width}x${font.height}`,
  );
  if (doubtful.length > 0) {
    out.say(`${out.warn.yellow(out.marks.warned)} not learnt, they look different in places: ${doubtful.join(" ")}`);
  }
  out.result({ ok: true, file, glyphs: font.glyphs.length, width: font.width, height: font.height, doubtful });
  return ExitCode.done;
}

function read(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw new UsageError("usage.file", `${file} cannot be read`, { cause: error });
  });
}
