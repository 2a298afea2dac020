import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RackhandError, errorRecord } from "#base/errors.ts";
import { resolveSecret, sourceName, type SecretContext } from "./resolve.ts";
import { SecretSource } from "./source.ts";

const canary = "canary-5fe1-value";
let root: string;
let context: SecretContext;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rackhand-secrets-"));
  context = { root, env: { PATH: process.env["PATH"] } };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A context whose host has this policy file, outside the estate. */
function under(policy: string, more: Partial<SecretContext> = {}): SecretContext {
  const estate = join(root, "estate");
  mkdirSync(estate, { recursive: true });
  const path = join(root, "policy.yaml");
  writeFileSync(path, policy, { mode: 0o600 });
  return { root: estate, env: { PATH: process.env["PATH"], RACKHAND_POLICY: path }, ...more };
}

async function refusal(source: SecretSource, where: SecretContext = context): Promise<RackhandError> {
  const error: unknown = await resolveSecret(source, where).catch((thrown: unknown) => thrown);
  if (!(error instanceof RackhandError)) throw new Error(`expected a refusal, got ${String(error)}`);
  expect(JSON.stringify(errorRecord(error))).not.toContain(canary);
  expect(error.exitCode).toBe(2);
  return error;
}

async function value(source: SecretSource, where: SecretContext = context): Promise<string> {
  return (await resolveSecret(source, where)).reveal();
}

describe("a variable", () => {
  test("gives its value, under a name that shows where it came from", async () => {
    const secret = await resolveSecret({ env: "IPMI" }, { ...context, env: { IPMI: canary } });
    expect(secret.reveal()).toBe(canary);
    expect(secret.name).toBe("env:IPMI");
    expect(`${secret.toString()} ${JSON.stringify({ secret })}`).not.toContain(canary);
  });

  test("that is unset or empty is missing, and the message names it", async () => {
    expect(await refusal({ env: "IPMI" })).toMatchObject({
      code: "secret.missing",
      message: expect.stringContaining("IPMI is not set"),
    });
    const empty = { ...context, env: { IPMI: "" } };
    expect((await refusal({ env: "IPMI" }, empty)).message).toContain("IPMI is empty");
  });

  test("that the host's policy does not list is denied", async () => {
    const env = { ...under("environment: [IPMI_*, KG]").env, IPMI_A: canary, KG: canary, AWS: canary };
    const where = { ...under("environment: [IPMI_*, KG]"), env };
    expect(await value({ env: "IPMI_A" }, where)).toBe(canary);
    expect(await value({ env: "KG" }, where)).toBe(canary);
    expect(await refusal({ env: "AWS" }, where)).toMatchObject({ code: "secret.denied" });
  });
});

describe("a file", () => {
  test("gives its content without the last line break, relative to the estate's root", async () => {
    writeFileSync(join(root, "one"), `${canary}\n`);
    writeFileSync(join(root, "two"), " two\nlines \r\n");
    expect(await value({ file: "one" })).toBe(canary);
    expect(await value({ file: join(root, "two") })).toBe(" two\nlines ");
  });

  test("that is not there, empty, a folder, too large or no text is refused with the reason", async () => {
    writeFileSync(join(root, "empty"), "\n");
    writeFileSync(join(root, "large"), "x".repeat(70_000));
    writeFileSync(join(root, "latin1"), Buffer.from("p\xe4ss", "latin1"));
    expect(await refusal({ file: "gone" })).toMatchObject({
      code: "secret.missing",
      message: expect.stringContaining(join(root, "gone")),
    });
    expect(await refusal({ file: "empty" })).toMatchObject({ code: "secret.missing" });
    expect(await refusal({ file: "." })).toMatchObject({ code: "secret.unreadable" });
    expect(await refusal({ file: "large" })).toMatchObject({ code: "secret.unreadable" });
    expect((await refusal({ file: "latin1" })).message).toContain("is not UTF-8");
  });

  test("outside the estate is read only from the policy's folders, links followed", async () => {
    const allowed = join(root, "allowed");
    const where = under(`files: [${allowed}]`);
    mkdirSync(allowed);
    writeFileSync(join(allowed, "key"), canary);
    writeFileSync(join(root, "other"), canary);
    symlinkSync(join(root, "other"), join(where.root, "link"));
    writeFileSync(join(where.root, "own"), canary);
    expect(await value({ file: "../allowed/key" }, where)).toBe(canary);
    expect(await value({ file: "own" }, where)).toBe(canary);
    for (const file of ["../other", "link"])
      expect(await refusal({ file }, where)).toMatchObject({ code: "secret.denied" });
  });
});

describe("a program", () => {
  const echo = "/bin/echo";

  test("is not run without the host's leave", async () => {
    expect(await refusal({ exec: [echo, canary] })).toMatchObject({
      code: "secret.denied",
      advice: expect.stringContaining("policy"),
    });
  });

  test("runs when the policy lists it, or lists how its arguments begin", async () => {
    expect(await value({ exec: [echo, "a b"] }, under(`programs: [${echo}]`))).toBe("a b");
    const only = under(`programs: [[${echo}, show]]`);
    expect(await value({ exec: [echo, "show", "x"] }, only)).toBe("show x");
    expect(await refusal({ exec: [echo, "other"] }, only)).toMatchObject({ code: "secret.denied" });
  });

  test("inside the estate or by a relative path is never run", async () => {
    const where = under(`programs: [${join(root, "estate/tool")}]`);
    writeFileSync(join(where.root, "tool"), "#!/bin/sh\necho hi\n", { mode: 0o755 });
    expect(await refusal({ exec: [join(where.root, "tool")] }, where)).toMatchObject({ code: "secret.denied" });
    expect(await refusal({ exec: ["tool"] }, where)).toMatchObject({ code: "secret.denied" });
  });

  test("that fails is quoted by what it said on stderr, never by what it printed", async () => {
    const tool = join(root, "fails");
    writeFileSync(tool, `#!/bin/sh\necho ${canary}\necho 'vault is sealed' >&2\nexit 3\n`, { mode: 0o755 });
    const error = await refusal({ exec: [tool] }, under(`programs: [${tool}]`));
    expect(error.message).toContain("exit code 3: vault is sealed");
  });

  test("that is not installed, or prints nothing, gives no secret", async () => {
    expect((await refusal({ exec: ["/bin/not-there"] }, under("programs: [/bin/not-there]"))).message).toContain(
      "not installed",
    );
    expect((await refusal({ exec: ["/bin/true"] }, under("programs: [/bin/true]"))).message).toContain(
      "printed nothing",
    );
  });
});

describe("a prompt", () => {
  test("is asked once for all that need it", async () => {
    const asked: string[] = [];
    const ask = (question: string) => {
      asked.push(question);
      return Promise.resolve(canary);
    };
    const where = { ...context, ask };
    const both = await Promise.all([value({ prompt: "Password" }, where), value({ prompt: "Password" }, where)]);
    expect(both).toEqual([canary, canary]);
    expect(asked).toEqual(["Password"]);
  });

  test("that is answered with nothing is missing, and may be asked again", async () => {
    const answers = ["", canary];
    const where = { ...context, ask: () => Promise.resolve(answers.shift() ?? "") };
    expect(await refusal({ prompt: "Password" }, where)).toMatchObject({ code: "secret.missing" });
    expect(await value({ prompt: "Password" }, where)).toBe(canary);
  });
});

describe("the policy file", () => {
  const source = { env: "HOME" };

  test("inside the estate is refused: the estate would allow itself anything", async () => {
    writeFileSync(join(root, "policy.yaml"), "programs: [/bin/sh]", { mode: 0o600 });
    const where = { root, env: { RACKHAND_POLICY: join(root, "policy.yaml") } };
    expect(await refusal(source, where)).toMatchObject({ code: "policy.inside-estate" });
  });

  test("that others may write is not believed", async () => {
    const where = under("programs: []");
    chmodSync(join(root, "policy.yaml"), 0o666);
    expect(await refusal(source, where)).toMatchObject({ code: "policy.unsafe" });
  });

  test("that is named but missing, or says what nobody knows, is an error", async () => {
    expect(await refusal(source, { root, env: { RACKHAND_POLICY: "/nowhere.yaml" } })).toMatchObject({
      code: "policy.missing",
    });
    expect(await refusal(source, under("program: [/bin/sh]"))).toMatchObject({ code: "policy.invalid" });
    expect(await refusal(source, under("programs: [sh]"))).toMatchObject({ code: "policy.invalid" });
  });
});

describe("a source", () => {
  test("is shown by kind and place", () => {
    expect(sourceName({ sops: "a.enc.yaml#b.c" })).toBe("sops:a.enc.yaml#b.c");
    expect(sourceName({ exec: ["/bin/pass", "show", "x"] })).toBe("exec:/bin/pass");
  });

  test("has exactly one key, and is never the secret itself", () => {
    expect(SecretSource.safeParse({ env: "A", file: "b" }).success).toBe(false);
    expect(SecretSource.safeParse({}).success).toBe(false);
    const literal = SecretSource.safeParse(canary);
    expect(literal.error?.issues[0]?.message).toContain("never written into the estate");
    expect(JSON.stringify(literal.error?.issues)).not.toContain(canary);
  });

  test("in Vault is refused as not supported yet", async () => {
    expect(await refusal({ vault: "secret/x" })).toMatchObject({ code: "secret.unsupported" });
  });
});
