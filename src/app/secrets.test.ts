import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadEstate } from "#estate/load.ts";
import { openSecrets } from "./secrets.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rackhand-secrets-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("one program called in two ways gives two secrets", async () => {
  writeFileSync(join(dir, "rackhand.yaml"), "");
  const policy = mkdtempSync(join(tmpdir(), "rackhand-policy-"));
  writeFileSync(join(policy, "policy.yaml"), "programs: [/bin/echo]", { mode: 0o600 });
  const secrets = openSecrets(await loadEstate({ root: dir }), { RACKHAND_POLICY: join(policy, "policy.yaml") });
  const [password, kg] = await Promise.all([
    secrets.read({ exec: ["/bin/echo", "the password"] }),
    secrets.read({ exec: ["/bin/echo", "the key"] }),
  ]);
  expect([password.reveal(), kg.reveal()]).toEqual(["the password", "the key"]);
  rmSync(policy, { recursive: true });
});
