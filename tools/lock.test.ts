import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Entry {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, Entry>;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8")) as Lock;

/** Where npm would find `name` for the package at `path`: below it, or below any folder above. */
function found(path: string, name: string): boolean {
  for (let at = path; ; at = at.includes("/node_modules/") ? at.slice(0, at.lastIndexOf("/node_modules/")) : "") {
    if (`${at}${at && "/"}node_modules/${name}` in lock.packages) return true;
    if (at === "") return false;
  }
}

// `npm ci` refuses a lock that lacks them, and npm writes such a lock when a registry does not have a platform's package of that version (yet).
test("the lock holds every optional package of every platform", () => {
  const absent = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !found(path, name)),
  );
  expect(absent).toEqual([]);
});

test("the lock names no registry, so that every machine uses its own", () => {
  expect(Object.values(lock.packages).filter((entry) => entry.resolved !== undefined)).toEqual([]);
});
