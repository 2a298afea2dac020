import { inspect } from "node:util";

/** Values that must never be shown, the longest first, since one may begin with another; kept only in memory, so that {@link redact} can take them out of any text. */
const known: string[] = [];

/**
 * A value that prints as `***` wherever it is printed, serialised or inspected. `name` says where it came from (`sops:secrets.enc.yaml#ipmi.password`)
 * and is safe to show. Only the code that puts it on a wire calls {@link Secret.reveal}.
 */
export class Secret {
  readonly #value: string;
  readonly name: string;

  constructor(value: string, name = "secret") {
    this.#value = value;
    this.name = name;
    if (value.length < 4 || known.includes(value)) return;
    known.push(value);
    known.sort((a, b) => b.length - a.length);
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return `Secret(${this.name})`;
  }
}

/** The text with every secret value known to this process replaced by `***`. Goes over all text that leaves: logs, errors, job output, evidence. */
export function redact(text: string): string {
  let clean = text;
  for (const value of known) if (clean.includes(value)) clean = clean.replaceAll(value, "***");
  return clean;
}

/**
 * How many characters at the end of `text` must wait for the next chunk of a stream: they may be the beginning of a secret. A whole secret is never cut, so that
 * {@link redact} finds it in one piece.
 */
export function heldBack(text: string): number {
  let cut = text.length - longestBeginning(text);
  for (let moved = true; moved;) {
    moved = false;
    for (const value of known) {
      const start = text.lastIndexOf(value, cut - 1);
      if (start < 0 || start >= cut || start + value.length <= cut) continue;
      cut = start;
      moved = true;
    }
  }
  return text.length - cut;
}

/** The longest end of the text with which a secret, but not a whole one, begins. */
function longestBeginning(text: string): number {
  let longest = 0;
  for (const value of known) {
    for (let length = Math.min(value.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(value.slice(0, length))) longest = length;
    }
  }
  return longest;
}
