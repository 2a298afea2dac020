import type { Document, Node, YAMLParseError } from "yaml";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Problem } from "../errors.ts";

/** One YAML document before validation. */
export interface RawDocument {
  file: string;
  /** Its number within the file, to find it again. */
  index: number;
  line: number;
  column: number;
  data: Record<string, unknown>;
}

export interface ParsedFile {
  documents: RawDocument[];
  problems: Problem[];
  warnings: string[];
}

export type Path = readonly PropertyKey[];
export interface Position {
  line: number;
  column: number;
  /** The whole path was found, not just its beginning. */
  exact: boolean;
}

/** No estate needs a file of this size, and no parser should be given one. */
const largest = 16 * 1024 * 1024;

/** A text parsed for {@link locate}; worth keeping, parsing is what costs. */
export type ParsedText = ReturnType<typeof parseText>;

export function parseText(text: string) {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  return { documents: Array.isArray(documents) ? documents : [], lines };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The parser's complaint, where its own words help nobody. */
function inWords(error: YAMLParseError): string {
  if (error.code === "DUPLICATE_KEY") return "this key stands here twice";
  return error.message.includes("call stack") ? "is nested too deeply" : error.message;
}

/** Reads one file's documents. Files encrypted by SOPS hold no documents; those that look as if they should are warned about. */
export function parseFile(file: string, text: string): ParsedFile {
  const result: ParsedFile = { documents: [], problems: [], warnings: [] };
  const report = (at: { line: number; col: number }, message: string, advice?: string) =>
    result.problems.push({
      file,
      line: at.line || 1,
      column: at.col || 1,
      path: "",
      message,
      ...(advice ? { advice } : {}),
    });
  if (text.length > largest) {
    report({ line: 1, col: 1 }, "is larger than 16 MiB");
    return result;
  }
  const { documents, lines } = parseText(text);
  for (const [index, document] of documents.entries()) {
    for (const error of document.errors) report(lines.linePos(error.pos[0]), inWords(error));
    if (document.errors.length > 0 || document.contents === null) continue;
    const start = lines.linePos(document.contents.range?.[0] ?? 0);
    let data: unknown;
    try {
      data = document.toJS({ maxAliasCount: 1000 });
    } catch (error) {
      report(start, error instanceof Error ? error.message : String(error));
      continue;
    }
    if (data === null) continue;
    if (!isRecord(data)) report(start, "a document must be a mapping that says its kind");
    else if (isRecord(data["sops"])) {
      if (typeof data["kind"] === "string")
        result.warnings.push(`${file} is encrypted by SOPS, so its ${data["kind"]} is not read`);
    } else result.documents.push({ file, index, line: start.line, column: start.col, data });
  }
  return result;
}

function step(document: Document, node: Node | null, key: PropertyKey): { key?: Node; value: Node | null } | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isMap(target)) {
    const pair = target.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    if (pair)
      return {
        ...(isScalar(pair.key) ? { key: pair.key } : {}),
        value: (pair.value as Node | null | undefined) ?? null,
      };
  }
  if (isSeq(target)) {
    const item = target.items[Number(key)];
    if (item !== undefined) return { value: item as Node };
  }
  return undefined;
}

/** Finds where a path stands in a file: its key or its value; when it is not there, the nearest thing above it. */
export function locate({ documents, lines }: ParsedText, index: number, path: Path, which: "key" | "value"): Position {
  const document = documents[index];
  let at = document?.contents?.range?.[0] ?? 0;
  let node: Node | null = document?.contents ?? null;
  let found = 0;
  for (const key of path) {
    const next = document && step(document, node, key);
    if (!next) break;
    found += 1;
    const last = found === path.length;
    const chosen = (last && which === "value" ? next.value : next.key) ?? next.key ?? next.value;
    at = chosen?.range?.[0] ?? at;
    node = next.value;
  }
  const { line, col } = lines.linePos(at);
  return { line: line || 1, column: col || 1, exact: found === path.length };
}
