import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { encodeFont, type Font, type Glyph } from "../src/fonts/font.ts";
import { cp437 } from "./fonts/cp437.ts";
import { readPsf } from "./fonts/psf.ts";

/**
 * Makes the glyph tables of src/fonts/data from the unpacked Debian packages console-setup-linux, unifont, seabios and ovmf:
 *   for p in …; do apt-get download $p; dpkg-deb -x $p*.deb ROOT; done; bin/node tools/make-fonts.ts ROOT
 * The tables that came from pictures with a known text (`learnt-…`, see src/fonts/README.md) are not touched.
 */
const root = process.argv[2];
if (root === undefined) throw new Error("usage: make-fonts.ts ROOT");
const share = path.join(root, "usr/share");
const data = path.join(import.meta.dirname, "../src/fonts/data");

/** The most common character of several that look the same comes first: ASCII, frames, Latin, then the rest. */
function rank(code: number): number {
  if (code >= 0x20 && code < 0x7f) return code;
  if (code >= 0x2500 && code < 0x2600) return code - 0x2000;
  return code + 0x1000;
}

/** Each different glyph once, under its most common name. */
function unite(name: string, width: number, height: number, all: readonly Glyph[]): Font {
  const byShape = new Map<string, Glyph>();
  for (const glyph of all.toSorted((a, b) => rank(a.code) - rank(b.code))) {
    const shape = glyph.rows.join();
    const blank = glyph.rows.every((row) => row === 0);
    if (!byShape.has(shape) && (glyph.code === 0x20 || !blank)) byShape.set(shape, glyph);
  }
  return { name, width, height, glyphs: [...byShape.values()] };
}

function write(font: Font): void {
  const bytes = encodeFont(font);
  writeFileSync(path.join(data, `${font.name}-${font.width}x${font.height}.gz`), bytes);
  console.log(`${font.name} ${font.width}x${font.height}: ${font.glyphs.length} glyphs, ${bytes.length} bytes`);
}

/** Debian's console fonts: one face and size comes cut into character sets; united here, the most common set first. */
function consoleSetup(): void {
  const folder = path.join(share, "consolefonts");
  const faces = new Map<string, Glyph[]>();
  const size = new Map<string, [number, number]>();
  const order = ["Lat15", "Uni2", "Uni3", "Uni1", "Lat2", "Lat7", "Lat38", "CyrSlav", "Greek", "Vietnamese", "CyrKoi"];
  const files = readdirSync(folder).filter((file) => order.includes(file.split("-")[0] ?? ""));
  for (const file of files.toSorted((a, b) => place(order, a) - place(order, b))) {
    const psf = readPsf(gunzipSync(readFileSync(path.join(folder, file))));
    const face = (file.split("-")[1] ?? "").replace(/\.psf\.gz$/, "").replace(/\d+(x\d+)?$/, "");
    const key = `${face.toLowerCase()} ${psf.width}x${psf.height}`;
    size.set(key, [psf.width, psf.height]);
    faces.set(key, [...(faces.get(key) ?? []), ...psf.glyphs]);
  }
  for (const [key, glyphs] of faces) {
    const [width, height] = size.get(key) ?? [0, 0];
    write(unite(key.split(" ")[0] ?? key, width, height, glyphs));
  }
}

function place(order: readonly string[], file: string): number {
  return order.indexOf(file.split("-")[0] ?? "");
}

/** GRUB draws its frames with heavy lines in graphics and with light ones in text mode. Both are read as light ones, so that one pattern finds both. */
const light = new Map(
  Array.from("┏┗┓┛━┃┣┫┳┻╋", (heavy, index) => [heavy.codePointAt(0), "┌└┐┘─│├┤┬┴┼".codePointAt(index)]),
);

/** GNU Unifont, the half-width half of it that consoles show; GRUB's unicode.pf2 is made from it. */
function unifont(): void {
  const wanted = [
    [0x20, 0x2ff],
    [0x370, 0x482],
    [0x48a, 0x52f],
    [0x2010, 0x26ff],
    [0x2e00, 0x2e7f],
    [0xfffd, 0xfffd],
  ] as const;
  const glyphs: Glyph[] = [];
  for (const line of readFileSync(path.join(share, "unifont/unifont.hex"), "latin1").split("\n")) {
    const [code, hex] = line.split(":");
    if (code === undefined || hex?.length !== 32) continue;
    const point = Number.parseInt(code, 16);
    if (!wanted.some(([from, to]) => point >= from && point <= to)) continue;
    glyphs.push({ code: light.get(point) ?? point, rows: Uint32Array.from(Buffer.from(hex, "hex")) });
  }
  write(unite("unifont", 8, 16, glyphs));
}

/** The three fonts in SeaBIOS' VGA BIOS, one after the other, in the order of code page 437; found by the letter A of the largest. */
function vgaRom(): void {
  const rom = readFileSync(path.join(share, "seabios/vgabios-stdvga.bin"));
  const letter = Buffer.from("000010386cc6c6fec6c6c6c600000000", "hex");
  const start = rom.indexOf(letter) - 0x41 * 16;
  if (start < 0) throw new Error("no VGA font in vgabios-stdvga.bin");
  let at = start;
  for (const height of [16, 14, 8]) {
    const glyphs = Array.from(cp437, (character, index) => ({
      code: character.codePointAt(0) ?? 0,
      rows: Uint32Array.from(rom.subarray(at + index * height, at + (index + 1) * height)),
    }));
    write(unite("vgarom", 8, height, glyphs));
    at += 256 * height;
  }
}

/** EDK2's narrow glyphs out of the firmware image itself: 22 bytes each (character, attributes, 19 rows), in a volume packed with LZMA. */
function edk2(): void {
  const image = readFileSync(path.join(share, "OVMF/OVMF_CODE.fd"));
  const packed = image.indexOf(Buffer.from("98584eee143959429d6edc7bd79403cf", "hex"));
  const section = packed - 4;
  const body = image.subarray(section + image.readUInt16LE(packed + 16), section + image.readUIntLE(section, 3));
  const volume = execFileSync("xz", ["-dc", "--format=lzma"], {
    input: body,
    maxBuffer: 1 << 26,
  });
  const blank = Buffer.alloc(22);
  blank.writeUInt16LE(0x20, 0);
  const start = volume.indexOf(Buffer.concat([blank, Buffer.from([0x21, 0x00, 0x00])]));
  if (start < 0) throw new Error("no EDK2 font in OVMF_CODE.fd");
  const glyphs: Glyph[] = [];
  for (let at = start; volume.readUInt16LE(at) !== 0; at += 22) {
    glyphs.push({ code: volume.readUInt16LE(at), rows: Uint32Array.from(volume.subarray(at + 3, at + 22)) });
  }
  write(unite("edk2", 8, 19, glyphs));
}

consoleSetup();
unifont();
vgaRom();
edk2();
