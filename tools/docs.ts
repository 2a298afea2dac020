/**
 * Writes what is generated from the sources: schemas/*.json and docs/reference/*.md. With --check nothing is written; the exit code says whether all is
 * current.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { commandsPage } from "#cli/reference.ts";
import { estateSchemas, jsonSchema } from "#estate/json-schema.ts";
import { PolicyFile } from "#secrets/policy-file.ts";
import { configurationPage } from "./docs/configuration.ts";
import { quirksPage } from "./docs/quirks.ts";

const root = resolve(import.meta.dirname, "..");

/** Every generated file: path in the project → content. */
export function generated(): Record<string, string> {
  const estate = estateSchemas();
  const policy = jsonSchema(PolicyFile);
  const schemas = { ...estate, "policy.json": policy };
  const files = Object.entries(schemas).map(
    ([name, schema]) => [`schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`] as const,
  );
  const page = configurationPage(estate["estate.json"] ?? {}, ["Machine", "Credentials", "Site"], policy);
  return {
    ...Object.fromEntries(files),
    "docs/reference/configuration.md": page,
    "docs/reference/commands.md": commandsPage(),
    "docs/reference/quirks.md": quirksPage(),
  };
}

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Generated files that are not what the sources say. */
export function stale(): string[] {
  return Object.entries(generated()).flatMap(([path, content]) => (current(path) === content ? [] : [path]));
}

function write(): void {
  for (const [path, content] of Object.entries(generated())) {
    if (current(path) === content) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    console.log(`wrote ${path}`);
  }
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const old = check ? stale() : [];
  for (const path of old) console.log(`${path} is not current: run \`npm run docs\``);
  if (!check) write();
  process.exitCode = old.length > 0 ? 1 : 0;
}
