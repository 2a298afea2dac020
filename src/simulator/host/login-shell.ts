import type { SerialPort } from "./serial-port.ts";

export interface LoginOptions {
  name: string;
  user: string;
  password: string;
  /** What `reboot` and `poweroff` do. */
  act: (action: "reset" | "soft") => void;
}

const backspace = new Set([0x08, 0x7f]);
const ctrlC = 0x03;
const ctrlD = 0x04;
const ctrlU = 0x15;
const enter = new Set([0x0d, 0x0a]);

/** The login prompt of an installed system and a shell of a few commands behind it: enough for somebody to sit at. */
export class LoginShell {
  readonly #port: SerialPort;
  readonly #options: LoginOptions;
  #mode: "user" | "password" | "shell" = "user";
  #user = "";
  #line = "";

  constructor(port: SerialPort, options: LoginOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** The prompt was printed anew. */
  restart(): void {
    this.#mode = "user";
    this.#line = "";
  }

  input(bytes: Uint8Array): void {
    for (const byte of bytes) this.#key(byte);
  }

  #key(byte: number): void {
    const echoes = this.#mode !== "password";
    if (enter.has(byte)) this.#entered();
    else if (backspace.has(byte)) this.#erase(echoes);
    else if (byte === ctrlC || byte === ctrlU) this.#drop(byte);
    else if (byte === ctrlD && this.#line === "" && this.#mode === "shell") this.#logout();
    else if (byte >= 0x20) {
      this.#line += String.fromCharCode(byte);
      if (echoes) this.#port.print(Uint8Array.of(byte));
    }
  }

  #erase(echoes: boolean): void {
    if (this.#line === "") return;
    this.#line = this.#line.slice(0, -1);
    if (echoes) this.#port.print("\b \b");
  }

  #drop(byte: number): void {
    this.#line = "";
    if (byte === ctrlC && this.#mode === "shell") this.#port.print(`^C\r\n${this.#prompt()}`);
  }

  #entered(): void {
    const line = this.#line;
    this.#line = "";
    this.#port.print("\r\n");
    if (this.#mode === "user") this.#name(line);
    else if (this.#mode === "password") this.#login(line);
    else {
      const answer = this.#obey(line.trim());
      // One character for each byte that was typed, whatever they mean together.
      this.#port.print(Buffer.from(answer + (this.#mode === "shell" ? this.#prompt() : ""), "latin1"));
    }
  }

  #name(line: string): void {
    const { name } = this.#options;
    if (line === "") return this.#port.print(`${name} login: `);
    this.#user = line;
    this.#mode = "password";
    this.#port.print("Password: ");
  }

  #login(line: string): void {
    const { name, user, password } = this.#options;
    if (this.#user === user && line === password) {
      this.#mode = "shell";
      return this.#port.print(`Last login: Mon Nov 16 08:14:02 UTC 2026 on ttyS1\r\n${this.#prompt()}`);
    }
    this.#mode = "user";
    this.#port.print(`\r\nLogin incorrect\r\n${name} login: `);
  }

  #logout(): void {
    this.#mode = "user";
    this.#port.print(
      `logout\r\n\r\nDebian GNU/Linux 12 ${this.#options.name} ttyS1\r\n\r\n${this.#options.name} login: `,
    );
  }

  #prompt(): string {
    return `${this.#options.user}@${this.#options.name}:~# `;
  }

  #obey(line: string): string {
    const [word = "", ...rest] = line.split(/\s+/);
    const commands: Record<string, () => string> = {
      "": () => "",
      echo: () => `${rest.join(" ")}\r\n`,
      hostname: () => `${this.#options.name}\r\n`,
      // `count 1000` prints a line for each number: what is lost, doubled or swapped on the way can be seen.
      count: () => Array.from({ length: Math.min(Number(rest[0]) || 10, 100_000) }, (_, i) => `${i + 1}\r\n`).join(""),
      uptime: () => " 08:15:31 up 3 min,  1 user,  load average: 0.02, 0.01, 0.00\r\n",
      reboot: () => this.#leave("reset"),
      poweroff: () => this.#leave("soft"),
      help: () => `echo hostname count uptime reboot poweroff exit\r\n`,
    };
    if (word === "exit") {
      this.#logout();
      return "";
    }
    return commands[word]?.() ?? `-bash: ${word}: command not found\r\n`;
  }

  #leave(action: "reset" | "soft"): string {
    this.#mode = "user";
    this.#options.act(action);
    return "";
  }
}
