import { Ajv } from "ajv";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { estateSchemas } from "./json-schema.ts";
import { scaffold } from "./scaffold.ts";

/** What an editor would say: an independent validator over the schema that `rackhand init` hands out. */
const validate = new Ajv({ strict: false, validateFormats: false }).compile(estateSchemas()["estate.json"] ?? {});

function accepts(text: string): boolean {
  return parseAllDocuments(text).every((document) => validate(document.toJS()));
}

test("editors accept what `rackhand init` writes", async () => {
  const dir = mkdtempSync(join(tmpdir(), "rackhand-schema-"));
  for (const file of (await scaffold(dir)).filter((name) => name.endsWith(".yaml"))) {
    expect(accepts(readFileSync(join(dir, file), "utf8")), file).toBe(true);
  }
  rmSync(dir, { recursive: true });
});

test.each([
  [
    "short forms",
    "kind: Machine\nname: m\nprobes: { ready: { ssh: nas, within: 1h30m } }\npower: { on: { wol: '52:54:00:00:00:01' } }",
  ],
  ["a bmc whose credentials come from the site", "kind: Machine\nname: m\nbmc: { address: x }"],
  [
    "a user name written out",
    "kind: Credentials\nname: c\nfor: [ssh, 'http:api.example.net']\nusername: root\npassword: { file: p }",
  ],
  ["a role's defaults", "kind: Site\nname: s\nroles: { db: { wake: { tries: 2 }, probes: { ready: { every: 2s } } } }"],
])("editors accept %s", (_, text) => {
  expect(accepts(text)).toBe(true);
});

test.each([
  ["an unknown kind", "kind: Machin\nname: m"],
  ["an unknown key", "kind: Machine\nname: m\nbmc: { adress: x }"],
  ["a bare number as a duration", "kind: Machine\nname: m\nstop: { within: 5 }"],
  ["a secret written out", "kind: Credentials\nname: c\nfor: [bmc]\npassword: hunter2"],
  ["two sources for one secret", "kind: Credentials\nname: c\nfor: [bmc]\npassword: { env: A, file: b }"],
  ["a job without a command", "kind: Machine\nname: m\njobs: { x: { schedule: '@daily' } }"],
])("editors refuse %s", (_, text) => {
  expect(accepts(text)).toBe(false);
});
