import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type ServerChannel, type ServerConfig } from "ssh2";

/** How a controller's SSH shell behaves, as far as consoles go. */
export interface BmcShellOptions {
  prompt: string;
  /** Answers a command line; `console` leads to the console, `hang` says nothing more. */
  command: (line: string) => { say: string } | "console";
  /** What ends the console when it is typed. */
  leave: string;
  algorithms?: ServerConfig["algorithms"];
  /** No password method: only keyboard-interactive. */
  keyboardInteractive?: boolean;
}

/** A simulated controller's SSH server with a shell of its own and an echoing console behind it. User `admin`, password `secret`. */
export interface BmcShell extends AsyncDisposable {
  readonly port: number;
  readonly hostKey: string;
  /** Command lines that were typed. */
  readonly lines: string[];
  /** All that arrived on the console. */
  console(): string;
  print(text: string): void;
  /** Throws whoever is on the console back to the shell. */
  throwBack(): void;
  hangUp(): void;
}

export async function startBmcShell(options: BmcShellOptions): Promise<BmcShell> {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  const hostKey = `SHA256:${createHash("sha256").update(parsed.getPublicSSH()).digest("base64").replaceAll("=", "")}`;
  const lines: string[] = [];
  let typed = "";
  let channel: ServerChannel | undefined;
  let onConsole = false;
  const clients = new Set<{ end(): unknown }>();

  function shell(opened: ServerChannel): void {
    channel = opened;
    onConsole = options.prompt === "";
    let line = "";
    opened.write(options.prompt);
    opened.on("data", (bytes: Buffer) => {
      for (const character of bytes.toString("latin1")) {
        if (onConsole) {
          typed += character;
          opened.write(character);
          if (options.leave !== "" && typed.endsWith(options.leave)) back();
        } else if (character === "\r") {
          obey(line);
          line = "";
        } else {
          line += character;
          opened.write(character);
        }
      }
    });
  }

  function obey(line: string): void {
    lines.push(line);
    const answer = options.command(line);
    if (answer === "console") {
      onConsole = true;
      channel?.write("\r\nConnected to serial device.\r\n");
    } else channel?.write(`\r\n${answer.say}\r\n${options.prompt}`);
  }

  function back(): void {
    onConsole = false;
    channel?.write(`\r\n${options.prompt}`);
  }

  const server = new ssh2.Server(
    { hostKeys: [privateKey], ...(options.algorithms ? { algorithms: options.algorithms } : {}) },
    (client) => {
      clients.add(client);
      client.on("error", () => undefined);
      client.on("authentication", (context) => {
        const interactive = options.keyboardInteractive ?? false;
        if (context.method === "password" && !interactive && context.password === "secret") return context.accept();
        if (context.method === "keyboard-interactive" && interactive) {
          context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) =>
            answer === "secret" ? context.accept() : context.reject(),
          );
          return undefined;
        }
        return context.reject([interactive ? "keyboard-interactive" : "password"]);
      });
      client.on("session", (accept) => {
        const session = accept();
        session.on("pty", (accepted) => accepted());
        session.on("shell", (accepted) => shell(accepted()));
      });
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    hostKey,
    lines,
    console: () => typed,
    print: (text) => channel?.write(text),
    throwBack: back,
    hangUp: () => clients.forEach((client) => client.end()),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
