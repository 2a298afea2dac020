import type { RuleTester } from "oxlint/plugins-dev";
import { relative, sep } from "node:path";

/** A lint rule as oxlint takes it. */
export type Rule = Parameters<RuleTester["run"]>[1];
type Create = NonNullable<Rule["create"]>;
export type Context = Parameters<Create>[0];

/** Declares a rule; `description` is what the house wants. */
export function rule(description: string, create: Create): Rule {
  return { meta: { type: "problem", docs: { description } }, create };
}

/** The file under the linter, relative to `src/`; undefined when it is not there. */
export function inSource(context: Context): string | undefined {
  const path = relative(context.cwd, context.filename).split(sep).join("/");
  return path.startsWith("src/") ? path.slice("src/".length) : undefined;
}

/** True for `x.test.ts`, which may use what only tests use. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
