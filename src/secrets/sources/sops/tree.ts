import type { Document } from "yaml";
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";

/** A single value of the file, in the order of the file. */
export interface Leaf {
  /** Keys from the top; list positions are left out, as in SOPS' own paths. */
  path: readonly string[];
  /** Keys and list positions from the top: where people find it. */
  place: readonly string[];
  value: string | number | bigint | boolean;
}

export interface SopsFile {
  leaves: Leaf[];
  /** The `sops:` mapping. */
  metadata: Record<string, unknown>;
}

/** The file is no SOPS file, or not one that can be read; the message says why and holds no value. */
export class SopsFormatError extends Error {}

/** No file of secrets is deeper. */
const deepest = 64;

function keyOf(node: unknown): string {
  return isScalar(node) ? String(node.value) : "";
}

function* leavesOf(
  document: Document,
  node: unknown,
  path: readonly string[],
  place: readonly string[],
): Generator<Leaf> {
  if (place.length > deepest) throw new SopsFormatError("it is nested too deeply");
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isMap(target)) {
    for (const { key, value } of target.items) {
      if (place.length === 0 && keyOf(key) === "sops") continue;
      yield* leavesOf(document, value, [...path, keyOf(key)], [...place, keyOf(key)]);
    }
  } else if (isSeq(target)) {
    for (const [index, item] of target.items.entries())
      yield* leavesOf(document, item, path, [...place, String(index)]);
  } else if (isScalar(target)) {
    const { value } = target;
    if (
      typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "bigint" ||
      typeof value === "boolean"
    )
      yield { path, place, value };
  }
}

function parsed(text: string, json: boolean): Document[] {
  // JSON is YAML but for tabs between its tokens, which SOPS writes; within JSON strings a tab is always escaped.
  const documents = parseAllDocuments(json ? text.replaceAll("\t", " ") : text, {
    intAsBigInt: true,
    merge: false,
    prettyErrors: false,
  });
  if (!Array.isArray(documents)) return [];
  if (documents.some((document) => document.errors.length > 0))
    throw new SopsFormatError(`it is not valid ${json ? "JSON" : "YAML"}`);
  return documents;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a SOPS file of YAML (one or more documents) or JSON. The order of values matters: the MAC goes over them as they stand. */
export function parseSops(text: string, json: boolean): SopsFile {
  const documents = parsed(text, json);
  const [metadata] = documents.map((document) => {
    const sops = document.get("sops", true);
    return isMap(sops) ? (sops.toJS(document) as unknown) : undefined;
  });
  if (!isRecord(metadata)) throw new SopsFormatError("it has no `sops` section, so it is not encrypted by SOPS");
  return { leaves: documents.flatMap((document) => [...leavesOf(document, document.contents, [], [])]), metadata };
}
