import { UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import { Secret } from "#base/secret.ts";
import { keyFor, keyNamed, keyNames, signNamed, type Key } from "./keyboard/us.ts";

export type { Key } from "./keyboard/us.ts";

/** Keys that go down one after the other, and up the other way round: `a`, Shift and `a`, Ctrl and Alt and Delete. */
export interface Stroke {
  readonly keys: readonly Key[];
}

const shift = keyNamed("Shift");
const controls: Readonly<Record<string, string>> = {
  "\n": "Enter",
  "\r": "Enter",
  "\t": "Tab",
  "\b": "Backspace",
  "\u001b": "Esc",
  "\u007f": "Delete",
};

/** What a stroke sends: X11's number of the key as it is held now. */
export function keysymOf(key: Key, { keys }: Stroke): number {
  return keys.some((held) => held.name === "Shift" || held.name === "RShift") ? key.shifted : key.keysym;
}

/**
 * Reads what recipes and `rackhand type` write: text as it is, keys and chords in braces. `root{Enter}`, `{F2}`, `{Ctrl-Alt-Del}`, `{Alt+SysRq+b}`,
 * `{Down 3}` (three times). `{{}` and `{}}` (or `{LeftBrace}`, `{RightBrace}`) are the braces themselves. In a chord a letter's case means nothing.
 * Throws UsageError `keys.unknown` (with the nearest name), `keys.syntax` or `keys.character`.
 */
export function parseKeys(text: string): Stroke[] {
  const strokes: Stroke[] = [];
  let plain = "";
  const flush = () => {
    strokes.push(...plainKeys(plain));
    plain = "";
  };
  for (let at = 0; at < text.length;) {
    if (text[at] !== "{") {
      plain += text[at];
      at += 1;
      continue;
    }
    flush();
    // A brace may stand for itself right behind the opening one.
    const end = text.indexOf("}", at + (text.startsWith("{}}", at) ? 2 : 1));
    if (end <= at + 1) {
      const what = end < 0 ? "has no closing brace" : "begins with braces around nothing";
      throw new UsageError("keys.syntax", `'${text.slice(at, at + 20)}' ${what}`, {
        advice: "write {{} for the sign itself",
      });
    }
    strokes.push(...chords(text.slice(at + 1, end)));
    at = end + 1;
  }
  flush();
  return strokes;
}

/** The strokes that write a text, in which braces mean nothing: for secrets, and for what a template filled in. Throws UsageError `keys.character`. */
export function plainKeys(text: string | Secret): Stroke[] {
  const characters = [...(text instanceof Secret ? text.reveal() : text).replaceAll("\r\n", "\n")];
  return characters.map((character, at) => {
    const stroke = strokeFor(character);
    if (stroke) return stroke;
    const point =
      text instanceof Secret
        ? ""
        : ` (U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`;
    throw new UsageError("keys.character", `character ${at + 1}${point} is not on a US keyboard`, {
      advice: "a console understands key presses, not characters: write it in ASCII",
    });
  });
}

function strokeFor(character: string): Stroke | undefined {
  const found = keyFor(character);
  if (found) return { keys: found.shift && shift ? [shift, found.key] : [found.key] };
  const name = controls[character];
  const key = name === undefined ? undefined : keyNamed(name);
  return key && { keys: [key] };
}

function chords(body: string): Stroke[] {
  const repeated = /^(.+?) ([1-9]\d{0,2})$/.exec(body);
  const stroke = chord(repeated?.[1] ?? body);
  return Array.from({ length: Number(repeated?.[2] ?? 1) }, () => stroke);
}

function chord(body: string): Stroke {
  // A separator with nothing behind it is the key itself: {Ctrl--}.
  const parts = body.split(/[-+](?=.)/);
  const keys = parts.flatMap((part) => keysOf(part, body, parts.length > 1));
  const held = keys.filter((key, at) => keys.findIndex(({ scanCode }) => scanCode === key.scanCode) === at);
  return { keys: held };
}

function keysOf(part: string, body: string, inChord: boolean): readonly Key[] {
  const key = keyNamed(part);
  if (key) return [key];
  const sign = signNamed(part) ?? part;
  const stroke = strokeFor(inChord && /^[A-Z]$/.test(sign) ? sign.toLowerCase() : sign);
  if (stroke) return stroke.keys;
  const near = didYouMean(part, keyNames);
  throw new UsageError("keys.unknown", `no key is called '${part}' in '{${body}}'`, {
    advice: near || "keys are called as on a US keyboard: {Enter}, {Esc}, {F2}, {PgUp}, {Ctrl-Alt-Del}",
  });
}
