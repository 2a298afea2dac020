import { stripVTControlCharacters } from "node:util";

/** Paints text, or leaves it alone where colour is not wanted. */
export interface Paint {
  bold: (text: string) => string;
  dim: (text: string) => string;
  red: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
  cyan: (text: string) => string;
}

const plain = (text: string) => text;
const wrap = (open: number, close: number) => (text: string) => `\x1b[${open}m${text}\x1b[${close}m`;

const colours: Paint = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39),
};
const noColours: Paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

export function paint(wanted: boolean): Paint {
  return wanted ? colours : noColours;
}

/** Colour only on a terminal that can show it and when nobody objects (https://no-color.org). */
export function colourWanted(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** The signs in front of lines. Each has a word beside it wherever it is shown, so that nothing is said by colour or shape alone. */
export interface Marks {
  done: string;
  failed: string;
  warned: string;
  skipped: string;
  asking: string;
  hint: string;
  ellipsis: string;
  spinner: readonly string[];
}

const unicode: Marks = {
  done: "✓",
  failed: "✗",
  warned: "!",
  skipped: "–",
  asking: "?",
  hint: "→",
  ellipsis: "…",
  spinner: [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"],
};
const ascii: Marks = {
  done: "ok",
  failed: "FAILED",
  warned: "!",
  skipped: "-",
  asking: "?",
  hint: "->",
  ellipsis: "...",
  spinner: ["|", "/", "-", "\\"],
};

/** Signs that the locale can show: a rescue console with LANG=C gets ASCII. */
export function marks(env: NodeJS.ProcessEnv): Marks {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return /utf-?8/i.test(locale) ? unicode : ascii;
}

/** Columns that `text` takes, colours not counted. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** `text` filled with spaces up to `columns`. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

/** Cut so that it fits into `columns`. For text without colours. */
export function fit(text: string, columns: number, ellipsis: string): string {
  const cells = [...text];
  if (cells.length <= columns) return text;
  return cells.slice(0, Math.max(0, columns - ellipsis.length)).join("") + ellipsis;
}

/** Text from elsewhere (a banner, a BMC's product name) must not move the cursor or ring the bell: control characters become `·`. */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "·");
}

/** The same, in one line. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s+/g, " ").trim());
}
