import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test, TestRunner } from "vitest";

/** The root of the checkout. */
export const root = resolve(import.meta.dirname, "../..");

/** A file or folder of the material that lies beside the checkout (`../shared`), or undefined where a machine does not have it. */
export function shared(name: string): string | undefined {
  const path = join(root, "../shared", name);
  return existsSync(path) ? path : undefined;
}

/** Inside a test: the path of shared material; where it is absent the test is skipped and says so (also with `CI=true`: it is no tool one could install). */
export function needsShared(name: string): string {
  const path = shared(name);
  if (path !== undefined) return path;
  const reason = `../shared/${name} is not beside this checkout`;
  TestRunner.getCurrentTest()?.context.skip(reason);
  throw new Error(reason);
}

/** A `describe` over shared material; without it one skipped test says what is absent. */
export function describeShared(name: string, title: string, body: (path: string) => void): void {
  const path = shared(name);
  describe(title, () => {
    if (path !== undefined) body(path);
    else test.skip(`../shared/${name} is not beside this checkout`);
  });
}
