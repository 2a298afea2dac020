import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import type { Probe } from "#probes/probe.ts";
import { look } from "#probes/look.ts";
import { shellQuote } from "#protocols/ssh/quote.ts";
import { sshRun, type SshCommand } from "#protocols/ssh/run.ts";
import { freeTcpPort } from "../support/ipmi-sim.ts";
import { describeNeeding } from "../support/needs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";

describeNeeding("sshd", "ssh-keygen")("commands over SSH", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  const login = () => ({
    username: sshd.username,
    privateKey: new Secret(sshd.privateKey, "file:user"),
    hostKey: sshd.hostKeys.ed25519,
  });
  const run = (command: string, more: Partial<SshCommand> = {}) =>
    sshRun({ host: sshd.address, port: sshd.port, login: login(), command, knownHosts: [], ...more });

  test("give their exit code and their output as it comes", async () => {
    const heard = { stdout: "", stderr: "" };
    const end = await run("echo out; echo err >&2; exit 7", {
      onOutput: (stream, bytes) => (heard[stream] += Buffer.from(bytes).toString()),
    });
    expect([end, heard]).toEqual([{ exitCode: 7 }, { stdout: "out\n", stderr: "err\n" }]);
  });

  test("take their arguments unchanged", async () => {
    let heard = "";
    const args = ["printf", "%s|", "it's", "$HOME", "a b", "", "*"];
    await run(shellQuote(args), { onOutput: (_, bytes) => (heard += Buffer.from(bytes).toString()) });
    expect(heard).toBe("it's|$HOME|a b||*|");
  });

  test("that a signal ended count as a shell counts them", async () => {
    expect(await run("kill -TERM $$")).toEqual({ exitCode: 143, killedBy: "TERM" });
  });

  test("whose connection breaks may have happened: ssh.lost", async () => {
    await expect(run("kill -9 $(ps -o ppid= -p $$); sleep 5")).rejects.toMatchObject({
      code: "ssh.lost",
      retryable: false,
    });
  });

  test("are ended when nobody wants them any more", async () => {
    const stop = new AbortController();
    const running = run("echo begun; sleep 60", {
      signal: stop.signal,
      onOutput: () => stop.abort(new Error("stopped")),
    });
    await expect(running).rejects.toThrow("stopped");
  });

  test.each(["ed25519", "ecdsa", "rsa"] as const)("a pinned %s host key is accepted", async (kind) => {
    const end = await run("true", { login: { ...login(), hostKey: sshd.hostKeys[kind] } });
    expect(end.exitCode).toBe(0);
  });

  test("a host key other than the pinned one is refused before any name is sent", async () => {
    const before = sshd.log().length;
    const pinned = `SHA256:${"A".repeat(43)}`;
    await expect(run("true", { login: { ...login(), hostKey: pinned } })).rejects.toMatchObject({
      code: "ssh.host-key",
      exitCode: 4,
      details: { what: "changed", seen: sshd.hostKeys.ed25519 },
    });
    expect(sshd.log().slice(before)).not.toMatch(/userauth|Accepted|Failed/);
  });

  test("without a pin the known_hosts files decide, whatever kind of key they hold", async () => {
    const { hostKey: _, ...unpinned } = login();
    const file = path.join(sshd.dir, "known_hosts");
    for (const kind of ["ed25519", "ecdsa", "rsa"] as const) {
      writeFileSync(file, sshd.knownHosts(kind));
      expect(await run("true", { login: unpinned, knownHosts: [file] })).toEqual({ exitCode: 0 });
    }
  });

  test("a host key that nobody vouched for is not trusted on first use; the message says what to pin", async () => {
    const { hostKey: _, ...unpinned } = login();
    await expect(run("true", { login: unpinned })).rejects.toMatchObject({
      code: "ssh.host-key",
      advice: expect.stringContaining(`hostKey: '${sshd.hostKeys.ed25519}'`),
      details: { what: "unknown" },
    });
  });

  test("a key that is not let in is ssh.auth", async () => {
    const stranger = { ...login(), privateKey: new Secret(sshd.strangersKey, "file:stranger") };
    await expect(run("true", { login: stranger })).rejects.toMatchObject({
      code: "ssh.auth",
      message: expect.stringContaining(`does not let '${sshd.username}' in (tried: publickey)`),
    });
  });

  test("a key that is none is refused before a packet is sent, and not shown", async () => {
    const broken = { ...login(), privateKey: new Secret("not a key at all", "env:KEY") };
    const attempt = run("true", { host: "192.0.2.1", login: broken });
    await expect(attempt).rejects.toMatchObject({ code: "ssh.key", exitCode: 2 });
    await expect(attempt).rejects.not.toThrow(/not a key/);
  });

  describe("as probes", () => {
    const probe = (more: object = {}): Probe => ({ kind: "ssh", host: sshd.address, port: sshd.port, ...more });
    const timeout = seconds(10);

    test("a greeting makes it ready", async () => {
      const seen = await look(probe(), { timeout });
      expect(seen).toMatchObject({ outcome: "ready", detail: expect.stringMatching(/answers SSH-2\.0-OpenSSH/) });
    });

    test("the command's exit code decides", async () => {
      expect(await look(probe({ login: login(), command: "exit 0" }), { timeout })).toMatchObject({ outcome: "ready" });
      expect(await look(probe({ login: login(), command: "exit 3" }), { timeout })).toMatchObject({
        outcome: "not-ready",
        detail: expect.stringContaining("ended with 3"),
      });
    });

    test("a command that hangs is not ready when the time is over", async () => {
      const seen = await look(probe({ login: login(), command: "sleep 60" }), { timeout: seconds(2) });
      expect(seen).toMatchObject({ outcome: "not-ready" });
    });

    test("our own key refused, or an unknown host key, says nothing about the machine", async () => {
      const stranger = { ...login(), privateKey: new Secret(sshd.strangersKey, "file:stranger") };
      expect(await look(probe({ login: stranger }), { timeout })).toMatchObject({ outcome: "not-made" });
      const changed = { ...login(), hostKey: `SHA256:${"A".repeat(43)}` };
      expect(await look(probe({ login: changed }), { timeout })).toMatchObject({ outcome: "not-made" });
    });
  });
});

describe("what is no SSH server", () => {
  const servers: Server[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  async function serving(say: string | undefined): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      if (say !== undefined) socket.end(say);
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const bound = server.address();
    return typeof bound === "object" && bound ? bound.port : 0;
  }
  const probe = (port: number): Probe => ({ kind: "ssh", host: "127.0.0.1", port });

  test("a port that says something else is not ready", async () => {
    const seen = await look(probe(await serving("220 mail.example.net ESMTP\r\n")), { timeout: seconds(5) });
    expect(seen).toMatchObject({ outcome: "not-ready", detail: expect.stringContaining("no SSH server") });
  });

  test("a port that accepts and says nothing is not ready", async () => {
    const seen = await look(probe(await serving(undefined)), { timeout: milliseconds(300) });
    expect(seen).toMatchObject({ outcome: "not-ready", detail: expect.stringContaining("says nothing") });
  });

  test("lines before the greeting are allowed, control characters in it are not shown", async () => {
    const port = await serving("Welcome\r\nSSH-2.0-x\u001b[2J\r\n");
    expect(await look(probe(port), { timeout: seconds(5) })).toMatchObject({
      outcome: "ready",
      detail: `127.0.0.1:${port} answers SSH-2.0-x?[2J`,
    });
  });

  test("endless noise ends", async () => {
    const port = await serving("x".repeat(100_000));
    expect(await look(probe(port), { timeout: seconds(5) })).toMatchObject({ outcome: "not-ready" });
  });

  test("a command is not begun, and the error says what was wrong", async () => {
    const command = { host: "127.0.0.1", login: { username: "u" }, command: "true", knownHosts: [] };
    await expect(sshRun({ ...command, port: await serving("hello\r\n") })).rejects.toMatchObject({
      code: "ssh.handshake",
      exitCode: 3,
    });
    await expect(
      sshRun({ ...command, port: await serving(undefined), connectTimeout: milliseconds(300) }),
    ).rejects.toMatchObject({ code: "ssh.handshake" });
    await expect(sshRun({ ...command, port: await freeTcpPort("127.0.0.1") })).rejects.toMatchObject({
      code: "net.refused",
      exitCode: 3,
    });
  });
});
