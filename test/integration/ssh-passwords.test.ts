import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2 from "ssh2";
import { afterAll, expect, test } from "vitest";
import { errorRecord } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { fingerprint } from "#protocols/ssh/host-keys.ts";
import { sshRun } from "#protocols/ssh/run.ts";
import { needs } from "../support/needs.ts";

/* A real sshd takes passwords of system users only, so the server here is the library's. */
const password = "s3cret-enough";
const servers: ssh2.Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

/** The library's own generator now and then makes an Ed25519 key that it cannot read. */
function newHostKey(): [hostKey: string, publicKey: string] {
  const dir = mkdtempSync(path.join(tmpdir(), "rackhand-host-key-"));
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-f", path.join(dir, "key")]);
  const read = (name: string) => readFileSync(path.join(dir, name), "utf8");
  const pair: [string, string] = [read("key"), read("key.pub")];
  rmSync(dir, { recursive: true });
  return pair;
}

async function serving(method: "password" | "keyboard-interactive") {
  const [hostKey, publicKey] = newHostKey();
  const tried: string[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (context) => {
      tried.push(context.method);
      if (context.method !== method) return context.reject([method]);
      const decide = (given: string | undefined) => (given === password ? context.accept() : context.reject([method]));
      if (context.method === "password") return decide(context.password);
      if (context.method === "keyboard-interactive")
        context.prompt([{ prompt: "Password: ", echo: false }], ([given]) => decide(given));
    });
    client.on("session", (accept) => {
      accept().on("exec", (take) => {
        const channel = take();
        channel.exit(0);
        channel.end();
      });
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : 0;
  const hostKeyOf = fingerprint(Buffer.from(publicKey.split(" ")[1] ?? "", "base64"));
  const login = (text: string) => ({
    username: "root",
    password: new Secret(text, "env:SSH_PASSWORD"),
    hostKey: hostKeyOf,
  });
  const run = (text: string) =>
    sshRun({ host: "127.0.0.1", port, login: login(text), command: "true", knownHosts: [] });
  return { run, tried };
}

test("a password logs in, as a password or as the answer to a question", async () => {
  needs("ssh-keygen");
  for (const method of ["password", "keyboard-interactive"] as const) {
    const { run } = await serving(method);
    expect(await run(password)).toEqual({ exitCode: 0 });
  }
});

test("a wrong password is ssh.auth, tried once per method, and nowhere in the error", async () => {
  needs("ssh-keygen");
  const { run, tried } = await serving("password");
  const error: unknown = await run("wrong-canary-1").catch((thrown: unknown) => thrown);
  expect(errorRecord(error)).toMatchObject({ code: "ssh.auth" });
  expect(JSON.stringify(errorRecord(error))).not.toContain("canary");
  expect(tried.filter((method) => method === "password")).toHaveLength(1);
});
