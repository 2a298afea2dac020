import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import type { Problem } from "../errors.ts";
import { EstateError } from "../errors.ts";
import type { Cache, CachedFile } from "./cache.ts";
import type { EstateFile, Listing } from "./files.ts";
import type { Joined, Locate } from "./join.ts";
import { join } from "./join.ts";
import type { ParsedText } from "./parse.ts";
import { locate, parseFile, parseText } from "./parse.ts";

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readOne(root: string, file: EstateFile): CachedFile & { problems: Problem[] } {
  const problem = (message: string) => [{ file: file.path, line: 1, column: 1, path: "", message }];
  const empty = { print: file.print, documents: [], warnings: [] };
  try {
    const text = decode(readFileSync(joinPath(root, file.path)));
    return text === undefined
      ? { ...empty, problems: problem("is not UTF-8 text") }
      : { print: file.print, ...parseFile(file.path, text) };
  } catch (error) {
    return { ...empty, problems: problem(`cannot be read: ${error instanceof Error ? error.message : String(error)}`) };
  }
}

/** Finds places by parsing anew: only estates with problems pay for it. */
function locator(root: string): Locate {
  const parsed = new Map<string, ParsedText>();
  return (document, path, which) => {
    const text = parsed.get(document.file) ?? parseText(readFileSync(joinPath(root, document.file), "utf8"));
    parsed.set(document.file, text);
    return locate(text, document.index, path, which);
  };
}

function inOrder(a: Problem, b: Problem): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}

/** Parses what changed, validates and joins everything, keeps it. Throws EstateError with all problems. */
export function readEstate(
  root: string,
  listing: Listing,
  cache: Cache | undefined,
  quirks?: readonly string[],
): Joined {
  const readAt = Date.now();
  const before = cache?.documents() ?? {};
  const problems: Problem[] = [];
  const documents: Record<string, CachedFile> = {};
  for (const file of listing.files) {
    const cached = before[file.path];
    if (cached?.print === file.print) documents[file.path] = cached;
    else {
      const { problems: found, ...read } = readOne(root, file);
      documents[file.path] = read;
      problems.push(...found);
    }
  }
  const { joined, problems: more } = join(
    Object.values(documents).flatMap((file) => file.documents),
    locator(root),
    quirks,
  );
  if (problems.length + more.length > 0) throw new EstateError(root, [...problems, ...more].sort(inOrder));
  joined.warnings.push(...Object.values(documents).flatMap((file) => file.warnings));
  cache?.keep(listing.files, documents, joined, readAt);
  return joined;
}
