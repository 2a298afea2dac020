import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { decodeFont, type Font } from "./font.ts";

const folder = path.join(import.meta.dirname, "data");
let all: readonly Font[] | undefined;

/** Every font that comes with rackhand; see NOTICE for whose they are. Unpacked once for the whole process (some milliseconds). */
export function shippedFonts(): readonly Font[] {
  all ??= readFonts(folder).toSorted((a, b) => place(a) - place(b));
  return all;
}

/** The fonts in the `*.gz` files of a folder, such as the one in an estate where `screen learn` puts them. Other files are passed over. */
export function readFonts(dir: string): Font[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith(".gz"))
    .toSorted()
    .flatMap((file) => decodeFont(readFileSync(path.join(dir, file))) ?? []);
}

/** Fonts that share most of their glyphs are told apart by votes; at a tie the more common one is meant. */
const common = ["vgarom", "vga", "fixed", "terminus"];

function place({ name }: Font): number {
  const at = common.indexOf(name);
  return at < 0 ? common.length : at;
}
