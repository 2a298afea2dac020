import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EstateFile } from "./files.ts";
import type { Joined } from "./join.ts";
import type { RawDocument } from "./parse.ts";

/** A file touched this shortly before it was read may change again without its times showing it (the kernel's clock ticks every 4 to 10 ms). */
const tick = 50;

/** What one file held when it was read. */
export interface CachedFile {
  print: string;
  documents: RawDocument[];
  warnings: string[];
}

interface Whole {
  key: string;
  print: string;
  joined: Joined;
}

interface Files {
  key: string;
  files: Record<string, CachedFile>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What bears our key was written by this very code; only then is the rest looked at. */
function isWhole(content: unknown): content is Whole {
  return (
    isRecord(content) &&
    typeof content["key"] === "string" &&
    typeof content["print"] === "string" &&
    isRecord(content["joined"])
  );
}

function isFiles(content: unknown): content is Files {
  return isRecord(content) && typeof content["key"] === "string" && isRecord(content["files"]);
}

const here = import.meta.dirname;

/** Changes with the code that validates, so that no other version's idea of an estate is believed. */
function codeKey(): string {
  const hash = createHash("sha256");
  const sources = (folder: string) =>
    readdirSync(folder).filter((name) => /\.[jt]s$/.test(name) && !name.includes(".test."));
  for (const folder of [here, join(here, "..")]) {
    for (const name of sources(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  }
  hash.update(readFileSync(join(here, "../../secrets/source.ts")));
  return hash.digest("hex");
}

function printOf(files: readonly EstateFile[]): string {
  return createHash("sha256")
    .update(files.map((file) => file.print).join("\n"))
    .digest("hex");
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never made: the folder cannot be written at all.
  }
}

/**
 * What was parsed and validated before, in two files: the joined estate, which is all a warm start reads, and the single files' documents, so that one
 * edited file does not make 2,000 others be parsed again. Nothing about it is ever fatal.
 */
export class Cache {
  readonly #folder: string;
  readonly #name: string;
  readonly #root: string;
  #key: string | undefined;

  constructor(folder: string, root: string) {
    this.#folder = folder;
    this.#root = root;
    this.#name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  }

  get #wholePath(): string {
    return join(this.#folder, `estate-${this.#name}.json`);
  }

  get #filesPath(): string {
    return join(this.#folder, `documents-${this.#name}.json`);
  }

  #codeKey(): string {
    this.#key ??= `${codeKey()} ${this.#root}`;
    return this.#key;
  }

  /** A file that somebody else could have written is not believed. */
  #read<T extends { key: string }>(path: string, is: (content: unknown) => content is T): T | undefined {
    try {
      const { uid, mode } = statSync(path);
      if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) return undefined;
      const content: unknown = JSON.parse(readFileSync(path, "utf8"));
      return is(content) && content.key === this.#codeKey() ? content : undefined;
    } catch {
      return undefined;
    }
  }

  #write(path: string, content: object): void {
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
      renameSync(temporary, path);
    } catch {
      discard(temporary);
    }
  }

  /** The joined estate, when not one file has changed since. */
  whole(files: readonly EstateFile[]): Joined | undefined {
    const cached = this.#read(this.#wholePath, isWhole);
    return cached?.print === printOf(files) ? cached.joined : undefined;
  }

  /** What each unchanged file held. */
  documents(): Record<string, CachedFile> {
    return this.#read(this.#filesPath, isFiles)?.files ?? {};
  }

  /** Keeps a valid estate; files touched just now are left out, and then so is the whole. `readAt` is when reading began. */
  keep(files: readonly EstateFile[], documents: Record<string, CachedFile>, joined: Joined, readAt: number): void {
    const settled = files.filter((file) => file.touched < readAt - tick);
    const kept = Object.fromEntries(settled.flatMap(({ path }) => (documents[path] ? [[path, documents[path]]] : [])));
    this.#write(this.#filesPath, { key: this.#codeKey(), files: kept } satisfies Files);
    if (settled.length === files.length)
      this.#write(this.#wholePath, { key: this.#codeKey(), print: printOf(files), joined } satisfies Whole);
  }
}
