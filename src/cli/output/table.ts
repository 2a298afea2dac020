import { pad, width } from "./terminal.ts";

/**
 * Lines of a table: columns as wide as their widest cell, two spaces between, no trailing blanks. `head` may be painted; cells may be painted.
 */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  const line = (row: readonly string[]) => row.map((cell, column) => pad(cell, widths[column] ?? 0)).join("  ");
  return all.map((row) => line(row).trimEnd());
}

/** Lines of `name  value` pairs, names aligned; pairs without a value are left out. */
export function pairLines(pairs: readonly (readonly [string, string | undefined])[], indent = ""): string[] {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== "");
  const widest = Math.max(0, ...shown.map(([name]) => width(name)));
  return shown.map(([name, value]) => `${indent}${pad(name, widest)}  ${value}`);
}
