import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { needs } from "../support/needs.ts";

const root = path.resolve(import.meta.dirname, "../..");
const code = `
  import { resolveSecret } from "${root}/src/secrets/resolve.ts";
  const context = { root: "/", env: {} };
  try {
    const secret = await resolveSecret({ prompt: "Password of rack 3" }, context);
    console.log("got " + secret.reveal().length + " characters");
  } catch (error) {
    console.log(error.code + ": " + error.message);
  }
`;
const program = [path.join(root, "bin/node"), "--input-type=module", "-e", code];

/** Runs on a terminal of its own (script(1)), types when asked, gives everything that was to be seen. */
async function onTerminal(keys: string): Promise<string> {
  const quoted = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = spawn("script", ["-qec", quoted, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  let seen = "";
  let typed = false;
  child.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
    if (typed || !seen.includes("Password of rack 3: ")) return;
    typed = true;
    setTimeout(() => child.stdin.write(keys), 100);
  });
  await once(child, "close");
  return seen;
}

beforeEach(() => needs("script", "setsid"));

test("what is typed at a prompt is not echoed", async () => {
  const seen = await onTerminal("canary-5fe1\r");
  expect(seen).toContain("got 11 characters");
  expect(seen).not.toContain("canary");
});

test("Ctrl-C at a prompt cancels, and the terminal is given back as it was", async () => {
  expect(await onTerminal("canary\u0003")).toMatch(/cancelled: cancelled/);
});

test("without a terminal the prompt is a missing secret", async () => {
  const [command = "", ...args] = program;
  const child = spawn("setsid", ["--wait", command, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let seen = "";
  child.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  await once(child, "close");
  expect(seen).toContain(
    "secret.missing: secret prompt:Password of rack 3: it is asked on a terminal, and there is none",
  );
});
