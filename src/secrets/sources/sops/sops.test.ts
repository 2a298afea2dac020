import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { resolveSecret, type SecretContext } from "../../resolve.ts";
import { plainDigits } from "./mac.ts";
import { encryptionRule, readMetadata } from "./metadata.ts";
import { parseSops, SopsFormatError } from "./tree.ts";

/** Made by Python's cryptography and the age program, see make.py there. */
const fixtures = resolve(import.meta.dirname, "../../../../test/fixtures/sops");
const keyFile = join(fixtures, "keys.txt");

let root: string;
let context: SecretContext;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rackhand-sops-"));
  cpSync(fixtures, root, { recursive: true });
  context = { root, env: { SOPS_AGE_KEY_FILE: keyFile, HOME: root, PATH: root } };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function value(source: string, where = context): Promise<string> {
  return (await resolveSecret({ sops: source }, where)).reveal();
}

async function refusal(source: string, where = context): Promise<RackhandError> {
  const error: unknown = await resolveSecret({ sops: source }, where).catch((thrown: unknown) => thrown);
  if (!(error instanceof RackhandError)) throw new Error(`expected a refusal, got ${String(error)}`);
  expect(error.exitCode).toBe(2);
  expect(`${error.message} ${error.advice}`).not.toMatch(/correct horse|AGE-SECRET-KEY/);
  return error;
}

/** Changes a copy of a fixture as somebody without SOPS would. */
function edit(name: string, change: (text: string) => string): void {
  const before = readFileSync(join(root, name), "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(join(root, name), after);
}

/** A stand-in for the sops program on this context's PATH; it leaves its arguments in `args`. */
function installSops(script: string): void {
  writeFileSync(join(root, "sops"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${root}/args\n${script}\n`, { mode: 0o755 });
}

const expected: Record<string, string> = {
  "ipmi.password": "correct horse",
  "ipmi.1": "digit key",
  "ipmi.a.b": "dotted key",
  "numbers.port": "623",
  "numbers.ratio": "0.25",
  "numbers.big": "9007199254740993",
  "numbers.on": "true",
  "list.1": "second",
  text: 'Grüße, "quoted"\nand a second line',
  site_unencrypted: "home",
};

describe.each(["all-types.enc.yaml", "all-types.enc.json"])("%s", (file) => {
  test.each(Object.entries(expected))("gives %s", async (key, plain) => {
    expect(await value(`${file}#${key}`)).toBe(plain);
  });

  test("is not believed once an open value was changed", async () => {
    edit(file, (text) => text.replace(/(site_unencrypted"?: "?)home/, "$1away"));
    expect(await refusal(`${file}#ipmi.password`)).toMatchObject({
      code: "secret.sops.mac",
      message: expect.stringContaining("MAC does not fit"),
    });
  });

  test("is not believed once an encrypted value was exchanged for another of the file", async () => {
    const user = /user"?: "?(ENC\[[^\]]+\])/.exec(readFileSync(join(root, file), "utf8"))?.[1] ?? "";
    edit(file, (text) => text.replace(/(password"?: "?)ENC\[[^\]]+\]/, `$1${user}`));
    expect(await refusal(`${file}#ipmi.user`)).toMatchObject({
      code: "secret.sops.mac",
      message: expect.stringContaining("ipmi.password"),
    });
  });

  test("is not believed without a MAC", async () => {
    edit(file, (text) => text.replace(/("?mac"?: )"ENC\[[^\]]+\]"/, '$1""'));
    expect(await refusal(`${file}#ipmi.password`)).toMatchObject({ code: "secret.sops.mac" });
  });

  test("is not believed once values changed their order", async () => {
    edit(file, (text) => text.replace(/^([ \t]+"?on"?: .*\n)([ \t]+"?off"?: .*\n)/m, "$2$1"));
    expect(await refusal(`${file}#ipmi.password`)).toMatchObject({ code: "secret.sops.mac" });
  });
});

describe("a key that is not there", () => {
  test("is named with the nearest that is", async () => {
    expect(await refusal("all-types.enc.yaml#ipmi.pasword")).toMatchObject({
      code: "secret.missing",
      advice: expect.stringContaining("ipmi.password"),
    });
  });

  test("or holds no value, or an empty one, is missing", async () => {
    expect((await refusal("all-types.enc.yaml#ipmi")).message).toContain("not a single value");
    expect((await refusal("all-types.enc.yaml#ipmi.empty")).message).toContain("is empty");
    expect((await refusal("all-types.enc.yaml#numbers.nothing")).code).toBe("secret.missing");
  });
});

describe("a file of which only some values are encrypted", () => {
  test("is opened, its pattern read as Go reads it, its MAC over the encrypted values only", async () => {
    expect(await value("only-encrypted.enc.yaml#data.Token")).toBe("abc123");
    edit("only-encrypted.enc.yaml", (text) => text.replace("count: 4", "count: 5"));
    expect(await value("only-encrypted.enc.yaml#count", { ...context })).toBe("5");
  });

  test("is not believed when the claim `mac_only_encrypted` was taken away", async () => {
    edit("only-encrypted.enc.yaml", (text) => text.replace("mac_only_encrypted: true", "mac_only_encrypted: false"));
    expect(await refusal("only-encrypted.enc.yaml#data.Token")).toMatchObject({ code: "secret.sops.mac" });
  });
});

describe("the age key", () => {
  const key = readFileSync(keyFile, "utf8");

  test("is found in SOPS_AGE_KEY and in the user's configuration folder", async () => {
    expect(await value("all-types.enc.yaml#ipmi.user", { root, env: { SOPS_AGE_KEY: key, HOME: root } })).toBe("ADMIN");
    cpSync(keyFile, join(root, "config/sops/age/keys.txt"));
    expect(
      await value("all-types.enc.yaml#ipmi.user", { root, env: { XDG_CONFIG_HOME: join(root, "config"), HOME: root } }),
    ).toBe("ADMIN");
  });

  test("that is nowhere is said, with every place that was looked at and whose key would do", async () => {
    const error = await refusal("all-types.enc.yaml#ipmi.user", { root, env: { HOME: root, PATH: root } });
    expect(error).toMatchObject({ code: "secret.sops.no-key", advice: expect.stringContaining("age1") });
    for (const place of ["SOPS_AGE_KEY", join(root, ".config/sops/age/keys.txt"), "sops program"])
      expect(error.message).toContain(place);
  });
});

describe("the sops program", () => {
  test("opens what no age key opens, and no secret is among its arguments", async () => {
    installSops(`echo '{"data": {"Token": "from-program"}, "list": ["a"]}'`);
    expect(await value("pgp-only.enc.yaml#data.Token")).toBe("from-program");
    expect(readFileSync(join(root, "args"), "utf8")).toBe(
      `--decrypt\n--input-type\nyaml\n--output-type\njson\n${join(root, "pgp-only.enc.yaml")}\n`,
    );
  });

  test("that is not installed is said to be needed", async () => {
    expect(await refusal("pgp-only.enc.yaml#data.Token")).toMatchObject({
      code: "secret.sops.no-key",
      advice: expect.stringContaining("pgp"),
    });
  });

  test("is quoted when it fails; a MAC that it found broken is told as such", async () => {
    installSops("echo 'MAC mismatch. File has X, computed Y' >&2; exit 51");
    expect(await refusal("pgp-only.enc.yaml#data.Token")).toMatchObject({
      code: "secret.sops.mac",
      message: expect.stringContaining("exit code 51"),
    });
    installSops("echo 'Failed to get the data key' >&2; exit 128");
    expect(await refusal("pgp-only.enc.yaml#data.Token", { ...context })).toMatchObject({ code: "secret.sops.no-key" });
  });

  test("is not given a file that names a server for our tokens, unless the host allows it", async () => {
    installSops(`echo '{"data": {"Token": "from-program"}}'`);
    edit("pgp-only.enc.yaml", (text) =>
      text.replace("sops:\n", "sops:\n    hc_vault:\n        - vault_address: https://attacker.example\n"),
    );
    expect(await refusal("pgp-only.enc.yaml#data.Token")).toMatchObject({
      code: "secret.denied",
      message: expect.stringContaining("hc_vault"),
    });
  });
});

describe("a file that is no SOPS file", () => {
  test("is refused with the reason", async () => {
    writeFileSync(join(root, "plain.yaml"), "ipmi: { password: open }\n");
    writeFileSync(join(root, "broken.yaml"), "a: [1\n");
    writeFileSync(join(root, "half.yaml"), "sops: { mac: 3 }\n");
    expect((await refusal("plain.yaml#ipmi.password")).message).toContain("not encrypted by SOPS");
    expect((await refusal("broken.yaml#a")).code).toBe("secret.sops.format");
    expect((await refusal("half.yaml#a")).message).toContain("lastmodified");
    expect((await refusal("gone.yaml#a")).code).toBe("secret.missing");
  });

  test("never makes the reader fail in any other way", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((each) => `sops: {}\na: ${each}`),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (content, json) => {
        try {
          readMetadata(parseSops(content, json).metadata);
        } catch (error) {
          expect(error).toBeInstanceOf(SopsFormatError);
        }
      }),
    );
  });
});

describe("which values are encrypted", () => {
  const base = { lastmodified: "2026-01-02T03:04:05Z" };
  test.each([
    [{}, ["a", "b"], true],
    [{}, ["a_unencrypted", "b"], false],
    [{ unencrypted_suffix: "_open" }, ["a_unencrypted"], true],
    [{ encrypted_suffix: "Templates" }, ["spec", "secretTemplates", "name"], true],
    [{ encrypted_suffix: "Templates" }, ["spec", "name"], false],
    [{ unencrypted_regex: "^(kind|name)$" }, ["spec", "name"], false],
    [{ encrypted_regex: "^(data|stringData)$" }, ["stringData", "x"], true],
    [{ encrypted_regex: "^(data|stringData)$" }, ["metadata"], false],
  ])("%j makes %j encrypted: %s", (rules, path, encrypted) => {
    expect(encryptionRule(readMetadata({ ...base, ...rules }))(path)).toBe(encrypted);
  });

  test("a pattern that takes backtracking engines for ever is answered at once", () => {
    const rule = encryptionRule(readMetadata({ ...base, encrypted_regex: "(a+)+$" }));
    expect(rule([`${"a".repeat(60)}!`])).toBe(false);
  });
});

describe("numbers in the MAC", () => {
  test.each([
    [1.5, "1.5"],
    [1e21, "1000000000000000000000"],
    [1.5e-7, "0.00000015"],
    [-2.5e22, "-25000000000000000000000"],
    [123_456_789.125, "123456789.125"],
  ])("%d is written %s", (number, digits) => {
    expect(plainDigits(number)).toBe(digits);
  });
});
