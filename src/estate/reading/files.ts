import { readdirSync, realpathSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join, sep } from "node:path";

/** A file of the estate as the file system describes it; `print` changes whenever its content may have changed. */
export interface EstateFile {
  /** Relative to the root, with slashes. */
  path: string;
  print: string;
  size: number;
  /** Latest of its times, in ms since the epoch. */
  touched: number;
}

export interface Listing {
  files: EstateFile[];
  warnings: string[];
}

/** Deeper trees are taken for a mistake. */
const deepest = 32;

function describe(root: string, path: string): EstateFile {
  const { ino, size, mtimeNs, ctimeNs } = statSync(join(root, path), { bigint: true });
  const latest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return {
    path,
    print: `${path}\0${ino}:${size}:${mtimeNs}:${ctimeNs}`,
    size: Number(size),
    touched: Number(latest / 1_000_000n),
  };
}

/** What a link leads to, if that is in the estate: only files are followed, so that no folder is read twice. */
function linkedFile(root: string, path: string, warnings: string[]): boolean {
  try {
    const target = realpathSync(join(root, path));
    const folder = statSync(target).isDirectory();
    if (folder) warnings.push(`${path} is not read: it is a link to a folder`);
    else if (isDocument(path) && target.startsWith(root + sep)) return true;
    else if (isDocument(path)) warnings.push(`${path} is not read: it is a link that leaves the estate`);
  } catch {
    if (isDocument(path)) warnings.push(`${path} is not read: it is a link to nothing`);
  }
  return false;
}

function entries(root: string, folder: string, warnings: string[]): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (folder === "") throw error;
    warnings.push(`${folder} is not read: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** Encrypted files hold secrets, not documents. Editors' and tools' own files begin with a dot. */
function isDocument(name: string): boolean {
  return name.endsWith(".yaml") && !name.endsWith(".enc.yaml");
}

function walk(root: string, folder: string, depth: number, into: Listing): void {
  for (const entry of entries(root, folder, into.warnings)) {
    const { name } = entry;
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (entry.isDirectory()) {
      if (depth < deepest) walk(root, path, depth + 1, into);
    } else if (entry.isSymbolicLink() ? linkedFile(root, path, into.warnings) : entry.isFile() && isDocument(name)) {
      into.files.push(describe(root, path));
    } else if (name.endsWith(".yml")) into.warnings.push(`${path} is not read: documents are *.yaml`);
  }
}

/** Every `*.yaml` below the root, in a stable order; not `*.enc.yaml`, not what begins with a dot, no links that leave the root. */
export function listFiles(root: string): Listing {
  const listing: Listing = { files: [], warnings: [] };
  walk(root, "", 0, listing);
  return listing;
}
