import { readFileSync } from "node:fs";
import path from "node:path";

/** The version in package.json, read when asked for. */
export function version(): string {
  const text = readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
