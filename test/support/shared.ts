import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";

/** The root of the checkout. */
export const root = resolve(import.meta.dirname, "../..");

/** A file or folder of the material that lies beside the checkout (`../shared`), or undefined where a machine does not have it. */
export function shared(name: string): string | undefined {
  const path = join(root, "../shared", name);
  return existsSync(path) ? path : undefined;
}

/** A `describe` over shared material; without it one skipped test says what is absent (also with `CI=true`: it is no tool that one could install). */
export function describeShared(name: string, title: string, body: (path: string) => void): void {
  const path = shared(name);
  describe(title, () => {
    if (path !== undefined) body(path);
    else test.skip(`../shared/${name} is not beside this checkout`);
  });
}
