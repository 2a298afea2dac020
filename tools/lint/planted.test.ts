import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// The whole way: a house with planted breaches, linted with the project's own configuration as `npm run check` does it.
const root = join(import.meta.dirname, "../..");
let house: string;

function plant(path: string, text: string): void {
  const file = join(house, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function lint(): Promise<string> {
  const program = join(root, "node_modules/oxlint/bin/oxlint");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "--format", "unix", "src"], { cwd: house }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), "rackhand-house-"));
  for (const path of [".oxlintrc.json", "tsconfig.json", "package.json", "tools"]) {
    cpSync(join(root, path), join(house, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(house, "node_modules"));
  plant("src/base/up.ts", `import { y } from "#bmc/y.ts";\nexport const x = y;\n`);
  plant("src/bmc/y.ts", `export const y = 1;\n`);
  plant("src/engine/a.ts", `import { b } from "./b.ts";\nexport const a = (): number => b() + 1;\n`);
  plant("src/engine/b.ts", `import { a } from "./a.ts";\nexport const b = (): number => a() + 1;\n`);
  plant("src/store/float.ts", `async function save() {}\nexport function go(): void {\n  save();\n}\n`);
  plant(
    "src/store/kinds.ts",
    `export function name(k: "on" | "off"): string {\n  switch (k) {\n    case "on":\n      return "1";\n  }\n  return "";\n}\n`,
  );
  plant("src/store/clean.ts", `export const clean = true;\n`);
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

test("the project's lint finds upward imports, circles, floating promises and forgotten cases, and nothing else", async () => {
  const found = (await lint()).split("\n").flatMap((line) => {
    const match = /^(src\/[^:]+):.*\[Error\/(\S+)\]$/.exec(line);
    return match ? [`${match[1]} ${match[2]}`] : [];
  });
  expect(found.toSorted()).toEqual([
    "src/base/up.ts house(layers)",
    "src/engine/a.ts import(no-cycle)",
    "src/engine/b.ts import(no-cycle)",
    "src/store/float.ts typescript(no-floating-promises)",
    "src/store/kinds.ts typescript(switch-exhaustiveness-check)",
  ]);
});
