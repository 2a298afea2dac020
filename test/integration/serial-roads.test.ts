import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { systemClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { serialConsole, type SerialTarget } from "#bmc/serial-roads.ts";
import type { SerialLine, SerialOptions } from "#bmc/serial.ts";
import { startBmcShell, type BmcShell, type BmcShellOptions } from "../support/bmc-shell.ts";
import { certificate, pinOf } from "../support/https-server.ts";
import { needs } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 10_000, interval: 10 });

/** Reads along; a mark stands for what is not characters. */
function listen(line: SerialLine) {
  let text = "";
  let error: unknown;
  void (async () => {
    for await (const input of line)
      text += input.type === "data" ? Buffer.from(input.bytes).toString() : `<${input.type}>`;
  })().catch((reason: unknown) => (error = reason));
  return { text: () => text, error: () => error };
}

const open = (target: SerialTarget, options?: SerialOptions) => serialConsole(target, systemClock).open(options);

function sshTarget(shell: BmcShell, more: Partial<Extract<SerialTarget, { kind: "ssh" }>> = {}): SerialTarget {
  const login = { username: "admin", password: new Secret("secret"), hostKey: shell.hostKey };
  return { kind: "ssh", machine: "web01", host: "127.0.0.1", port: shell.port, login, ...more };
}

const unknown = (line: string) => ({ say: `${line}: command not found, invalid syntax` });

const vendors: Record<string, BmcShellOptions> = {
  "iDRAC 9": {
    prompt: "racadm>>",
    leave: "\u001c",
    command: (line) => (line === "connect com2" ? "console" : unknown(line)),
  },
  "iDRAC 7": {
    prompt: "/admin1-> ",
    leave: "\u001c",
    command: (line) => (line === "console com2" ? "console" : unknown(line)),
  },
  iLO: { prompt: "</>hpiLO-> ", leave: "\u001b(", command: (line) => (line === "vsp" ? "console" : unknown(line)) },
  XCC: {
    prompt: "\r\nsystem> ",
    leave: "\u001b(",
    command: (line) => (line === "console 1" ? "console" : unknown(line)),
  },
  "XCC of an SR650 V4": {
    prompt: "\r\nsystem> ",
    leave: "\u001b(",
    command: (line) => (line === "console start" ? "console" : { say: "Error: extraneous arguments" }),
  },
  Supermicro: {
    prompt: "\r\n-> ",
    leave: "\r\u001bT",
    command: (line) => (line === "start" ? "console" : { say: "/system1/sol1" }),
  },
  CIMC: {
    prompt: "\r\nC220-FCH1234V0AB# ",
    leave: "\u0018",
    command: (line) => (line === "connect host" ? "console" : unknown(line)),
  },
};

describe("a controller's SSH shell", () => {
  test.each(Object.keys(vendors))(
    "%s: its prompt tells the way to the console, and nobody falls off it",
    async (name) => {
      const options = vendors[name];
      if (!options) throw new Error("no such vendor");
      await using shell = await startBmcShell(options);
      await using line = await open(sshTarget(shell));
      const heard = listen(line);
      await line.write(Buffer.from(`ls${options.leave}${options.leave}pwd`));
      await until(() => shell.console().includes("pwd"));
      expect(shell.console()).not.toContain(options.leave);
      expect(heard.text()).toContain("Connected to serial device.");
      shell.print("hello from the host");
      await until(() => heard.text().includes("hello from the host"));
      expect(heard.text()).not.toContain("<lost>");
      await expect(line.break()).rejects.toMatchObject({ code: "console.no-break" });
    },
  );

  test("thrown back to its prompt, it goes to the console again, with a mark", async () => {
    const options = vendors["iDRAC 9"];
    if (!options) throw new Error("no such vendor");
    await using shell = await startBmcShell(options);
    await using line = await open(sshTarget(shell));
    const heard = listen(line);
    shell.print("one ");
    await until(() => heard.text().includes("one"));
    shell.throwBack();
    await until(() => shell.lines.length === 2);
    await until(() => heard.text().includes("<lost><gap><connected>"));
    shell.print("two");
    await until(() => heard.text().endsWith("two"));
    expect(heard.text().match(/<gap>/g)).toHaveLength(1);
  });

  test("a console that somebody has is freed only with consent", async () => {
    let taken = true;
    const xcc: BmcShellOptions = {
      prompt: "\r\nsystem> ",
      leave: "\u001b(",
      command: (line) => {
        if (line === "console kill 1") taken = false;
        return line === "console 1" && !taken ? "console" : { say: line === "console kill 1" ? "ok" : "SOL is in use" };
      },
    };
    await using shell = await startBmcShell(xcc);
    await expect(open(sshTarget(shell))).rejects.toMatchObject({ code: "console.taken", exitCode: 4 });
    expect(shell.lines).not.toContain("console kill 1");
    const asked: string[] = [];
    await using line = await open(sshTarget(shell), { consent: ({ description }) => asked.push(description) > 0 });
    await line.write(Buffer.from("x"));
    await until(() => shell.console() === "x");
    expect(asked).toEqual([expect.stringContaining("SOL is in use")]);
  });

  test("an unknown shell is said to be unknown; a refused command is not called a thief", async () => {
    const odd: BmcShellOptions = { prompt: "\r\nsystem> ", leave: "", command: unknown };
    await using shell = await startBmcShell(odd);
    await expect(open(sshTarget(shell))).rejects.toMatchObject({ code: "console.shell" });
  });

  test("old key exchanges and ciphers are taken only where they are allowed", async () => {
    const old = { kex: ["diffie-hellman-group14-sha1"], cipher: ["aes128-cbc"], hmac: ["hmac-sha1"] } as const;
    const options = vendors["iLO"];
    if (!options) throw new Error("no such vendor");
    const algorithms = { kex: [...old.kex], cipher: [...old.cipher], hmac: [...old.hmac] };
    await using shell = await startBmcShell({ ...options, algorithms, keyboardInteractive: true });
    await expect(open(sshTarget(shell))).rejects.toMatchObject({ code: "ssh.handshake" });
    await using line = await open(sshTarget(shell, { oldAlgorithms: true }));
    await line.write(Buffer.from("x"));
    await until(() => shell.console() === "x");
  });

  test("a host key that is not the pinned one is refused before the password is sent", async () => {
    await using shell = await startBmcShell({ prompt: "racadm>>", leave: "", command: unknown });
    const login = { username: "admin", password: new Secret("secret"), hostKey: "SHA256:other" };
    await expect(open(sshTarget(shell, { login }))).rejects.toMatchObject({ code: "ssh.host-key", exitCode: 4 });
  });

  test("OpenBMC's port leads straight to the console: shown with a real sshd, and made anew when it hangs up", async () => {
    needs("sshd", "ssh-keygen");
    await using sshd = await startSshd();
    const login = {
      username: sshd.username,
      privateKey: new Secret(sshd.privateKey),
      hostKey: sshd.hostKeys.ed25519,
    };
    const { address: host, port } = sshd;
    await using line = await open({ kind: "ssh", machine: "web01", host, port, login, shell: "openbmc" });
    const heard = listen(line);
    await line.write(Buffer.from("echo $((6*7))-there; exit\n"));
    await until(() => heard.text().includes("<lost><gap><connected>"));
    expect(heard.text()).toMatch(/42-there[^]*<lost>/);
  });
});

test("a TCP stream carries bytes both ways and is made anew", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.write(`[${sockets.length}]`);
    socket.on("data", (bytes) => socket.write(bytes)).on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await using line = await open({ kind: "tcp", machine: "web01", host: "127.0.0.1", port });
  const heard = listen(line);
  await line.write(Buffer.from("echo\u001b("));
  await until(() => heard.text().endsWith("("));
  sockets[0]?.destroy();
  await until(() => heard.text().endsWith("[2]"));
  expect(heard.text()).toBe("<connected>[1]echo\u001b(<lost><gap><connected>[2]");
  await line.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

describe("a WebSocket", () => {
  async function serve(tls: boolean) {
    const pair = certificate("ec");
    const http = tls ? createHttps(pair) : createHttp();
    const sockets: WebSocket[] = [];
    const paths: string[] = [];
    const guard = ({ req }: { req: IncomingMessage }) =>
      req.headers.authorization === `Basic ${Buffer.from("root:0penBmc").toString("base64")}`;
    const server = new WebSocketServer({ server: http, verifyClient: guard });
    server.on("connection", (socket, request) => {
      sockets.push(socket);
      paths.push(request.url ?? "");
      socket.send("login: ");
      socket.on("message", (message, binary) => socket.send(message, { binary }));
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const dispose = async () => {
      for (const socket of sockets) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => http.close(resolve));
    };
    const login = { username: "root", password: new Secret("0penBmc") };
    const url = `${tls ? "wss" : "ws"}://127.0.0.1:${port}/console0`;
    return { url, login, pin: pinOf(pair), sockets, paths, [Symbol.asyncDispose]: dispose };
  }

  test.each([false, true])("carries bytes both ways and is made anew (TLS: %s)", async (tls) => {
    if (tls) needs("openssl");
    await using bmc = await serve(tls);
    const { url, login, pin } = bmc;
    await using line = await open({
      kind: "websocket",
      machine: "web01",
      url,
      login,
      ...(tls ? { certificate: pin } : {}),
    });
    const heard = listen(line);
    await line.write(Uint8Array.of(0xc3, 0xa9));
    await until(() => heard.text() === "<connected>login: é");
    expect(bmc.paths).toEqual(["/console0"]);
    bmc.sockets[0]?.terminate();
    await until(() => heard.text().endsWith("<lost><gap><connected>login: "));
  });

  test("another certificate is refused before the password is sent, one that nobody vouched for too", async () => {
    needs("openssl");
    await using bmc = await serve(true);
    const { url, login } = bmc;
    const target = { kind: "websocket", machine: "web01", url, login } as const;
    await expect(open({ ...target, certificate: "ab".repeat(32) })).rejects.toMatchObject({
      code: "websocket.certificate",
      exitCode: 4,
    });
    await expect(open(target)).rejects.toMatchObject({ code: "websocket.refused", exitCode: 3 });
    expect(bmc.sockets).toHaveLength(0);
  });

  test("a wrong password is told apart from a closed door", async () => {
    await using bmc = await serve(false);
    const login = { username: "root", password: new Secret("wrong") };
    await expect(open({ kind: "websocket", machine: "web01", url: bmc.url, login })).rejects.toMatchObject({
      code: "websocket.auth",
    });
    await expect(open({ kind: "websocket", machine: "web01", url: "ws://127.0.0.1:1/" })).rejects.toMatchObject({
      code: "websocket.refused",
    });
  });
});
