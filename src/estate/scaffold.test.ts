import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadEstate } from "./load.ts";
import { scaffold } from "./scaffold.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rackhand-init-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("what is written is a valid estate, with a schema that editors find", async () => {
  const written = await scaffold(dir);
  const estate = await loadEstate({ root: dir });
  expect([...estate.machines.keys()]).toEqual(["example"]);
  expect(estate.warnings).toEqual([]);
  expect(written).toContain(".schemas/estate.json");
  expect(readFileSync(join(dir, "machines/example.yaml"), "utf8")).toContain("$schema=../.schemas/estate.json");
});

test("nothing is overwritten, and nothing is written when one file is there", async () => {
  writeFileSync(join(dir, "credentials.yaml"), "mine");
  await expect(scaffold(dir)).rejects.toMatchObject({ code: "estate.exists", exitCode: 2 });
  expect(readdirSync(dir)).toEqual(["credentials.yaml"]);
});
