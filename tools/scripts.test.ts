import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../test/support/needs.ts";

const root = join(import.meta.dirname, "..");
const folders = ["bin", ".ci", "lab", "lab/image", "lab/server"];

/** The files of the project that a shell runs. */
function scripts(): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(folder, entry.name)] : [],
    ),
  );
  return files.filter((file) => /^#!\S*(?:\/| )(?:ba)?sh\b/.test(readFileSync(join(root, file), "utf8")));
}

test("shellcheck has nothing to say about the shell scripts", () => {
  needs("shellcheck");
  const files = scripts();
  expect(files).toContain("bin/rackhand");
  expect(files).toContain(".ci/run");
  expect(execFileSync("shellcheck", files, { cwd: root, encoding: "utf8" })).toBe("");
});
