import { GarbageError } from "../errors.ts";
import type { Opening } from "./opening.ts";

/** The version that both speak: 3, 7 or 8 of 3.x. */
export type Minor = 3 | 7 | 8;

const guesses: readonly [RegExp, string][] = [
  [/^HTTP|^<|^\r?\n?HTTP/, "it speaks HTTP"],
  [/^SSH-/, "it is an SSH server"],
  // oxlint-disable-next-line no-control-regex -- a TLS record begins with them
  [/^[\x15\x16]\x03/, "it speaks TLS"],
];

/** RFC 6143 §7.1.1. Other versions exist in the wild (3.5, 3.889, 4.0, 5.0): what is newer is 3.8, what is older or odd is 3.3. */
export async function agreeOnVersion({ wire, subject }: Opening): Promise<Minor> {
  // Too short an answer is garbage too, so the start is looked at first.
  const start = (await wire.read(4)).toString("latin1");
  if (start !== "RFB ") {
    const guess = guesses.find(([pattern]) => pattern.test(start))?.[1];
    throw new GarbageError(subject, guess ?? `it begins with ${JSON.stringify(start)}`);
  }
  const text = (await wire.read(8)).toString("latin1");
  const parts = /^(\d{3})\.(\d{3})\n$/.exec(text);
  if (parts === null) throw new GarbageError(subject, "its version makes no sense");
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  const version: Minor = major > 3 || (major === 3 && minor >= 8) ? 8 : major === 3 && minor === 7 ? 7 : 3;
  await wire.send(Buffer.from(`RFB 003.00${version}\n`));
  return version;
}
