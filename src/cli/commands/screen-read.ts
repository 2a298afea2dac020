import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorRecord, ExitCode, UsageError } from "#base/errors.ts";
import { decodePicture } from "#console/picture.ts";
import { readScreen } from "#console/read.ts";
import { sure, type Screen } from "#console/screen.ts";
import { findEstate } from "#estate/load.ts";
import { readFonts } from "#fonts/catalog.ts";
import type { Font } from "#fonts/font.ts";
import type { Call } from "../call.ts";

/** Reads pictures of consoles. Every picture is tried; exit code 1 when any could not be read. */
export async function run(call: Call): Promise<number> {
  const { out } = call;
  const files = call.words(0);
  const folder = call.value("out");
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const fonts = estateFonts(call);
  let failed = 0;
  for (const file of files) {
    call.signal.throwIfAborted();
    try {
      const { screen, milliseconds } = await readFileAsScreen(file, fonts);
      await tell(call, file, screen, milliseconds, folder, files.length);
    } catch (error) {
      failed += 1;
      const record = errorRecord(error);
      out.row({ file, error: record });
      out.say(`${out.warn.red(out.marks.failed)} ${file}: ${record.message}`);
    }
  }
  out.result({ ok: failed === 0, read: files.length - failed, failed });
  return failed === 0 ? ExitCode.done : ExitCode.failed;
}

async function readFileAsScreen(
  file: string,
  fonts: readonly Font[],
): Promise<{ screen: Screen; milliseconds: number }> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError("usage.file", "the picture cannot be read", { cause: error });
  });
  const picture = await decodePicture(bytes);
  const start = performance.now();
  const screen = await readScreen(picture, { fonts });
  return { screen, milliseconds: performance.now() - start };
}

async function tell(
  { out }: Call,
  file: string,
  screen: Screen,
  milliseconds: number,
  folder: string | undefined,
  count: number,
): Promise<void> {
  const { cols, rows, lines, cursor, font, path: how } = screen;
  const confidence = Math.round(screen.confidence * 1000) / 1000;
  const ms = Math.round(milliseconds * 10) / 10;
  out.row({ file, cols, rows, lines, confidence, font: font ?? null, path: how, ms, ...(cursor ? { cursor } : {}) });
  if (folder !== undefined) {
    const name = `${path.basename(file, path.extname(file))}.txt`;
    await writeFile(path.join(folder, name), `${lines.join("\n")}\n`);
  }
  const about = `${cols}x${rows}, ${font ?? "no font"}, ${how}, ${Math.round(confidence * 100)} % sure, ${ms} ms`;
  if (folder !== undefined || count > 1) out.say(`${out.warn.green(out.marks.done)} ${file}: ${about}`);
  if (folder === undefined) out.lines(lines);
  if (confidence * 100 < sure) out.say(`${out.warn.yellow(out.marks.warned)} ${file}: much of it is guessed`);
}

/** The fonts that `screen learn` put into the estate, where there is an estate. */
function estateFonts(call: Call): readonly Font[] {
  const flag = call.value("estate");
  try {
    const folder = path.join(
      findEstate({ ...(flag === undefined ? {} : { flag }), env: call.env, cwd: process.cwd() }),
      "fonts",
    );
    return existsSync(folder) ? readFonts(folder) : [];
  } catch (error) {
    if (flag !== undefined) throw error;
    return [];
  }
}
