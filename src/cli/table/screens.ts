import type { CommandSpec } from "../spec.ts";

/** Pictures of consoles. */
export const screenCommands: readonly CommandSpec[] = [
  {
    name: "screen read",
    summary: "read pictures of consoles as text",
    arguments: [{ name: "file", summary: "PNG or JPEG pictures", variadic: true, values: "files" }],
    options: [{ flags: "--out <dir>", summary: "write each as NAME.txt into this folder", values: "folders" }],
    details: [
      "Finds grid and font by looking. Undamaged pictures are read glyph by glyph, exactly; scaled and compressed ones by likeness; Tesseract only where there is no grid.",
      "What cannot be read is U+FFFD. Needs no estate; the fonts in an estate's folder `fonts` are used too.",
    ],
    examples: [["rackhand screen read console.png", ""]],
    load: () => import("../commands/screen-read.ts"),
  },
  {
    name: "screen learn",
    summary: "learn a font from a picture whose text is known",
    arguments: [
      { name: "picture", summary: "an undamaged PNG", values: "files" },
      { name: "text", summary: "what it shows, every row of the screen from its top", values: "files" },
    ],
    options: [{ flags: "--name <name>", summary: "what to call the font (default: as the picture)" }],
    details: ["The font is kept in the estate's folder `fonts`."],
    load: () => import("../commands/screen-learn.ts"),
  },
];
