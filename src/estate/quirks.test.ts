import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EstateError, formatProblem } from "./errors.ts";
import { loadEstate } from "./load.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "rackhand-estate-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const quirks = async () => ["old-tls", "weak-etags"];

function write(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

test("a quirk that nobody knows is an error with the nearest one, where it stands: in the machine or in the site's defaults", async () => {
  write("c.yaml", "kind: Credentials\nname: home\nfor: [bmc]\nusername: admin\npassword: { env: P }\n");
  write("s.yaml", "kind: Site\nname: home\ndefaults:\n  bmc: { credentials: home, quirks: [weak-etag] }\n");
  write("m.yaml", "kind: Machine\nname: a\nbmc:\n  address: h\n  credentials: home\n  quirks: [old-tls, old-tsl]\n");
  write("n.yaml", "kind: Machine\nname: b\nsite: home\nbmc: { address: i }\n");
  const error: unknown = await loadEstate({ root, quirks }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EstateError);
  expect(error instanceof EstateError && error.problems.map(formatProblem)).toEqual([
    "m.yaml:6:21: bmc.quirks.1: unknown quirk 'old-tsl' (did you mean 'old-tls'?)",
    "s.yaml:4:38: defaults.bmc.quirks.0: unknown quirk 'weak-etag' (did you mean 'weak-etags'?)",
  ]);
});
