import type { SimulatedServer } from "../server.ts";
import { LoginShell } from "./login-shell.ts";
import { serialScript, type SerialScript } from "./serial-text.ts";

export interface SerialOptions {
  /** What is printed on entering a state; a state that is given replaces the usual text, "" prints nothing. */
  script?: SerialScript;
  /** Who may log in on the serial port of the running system. Default `root` with the password `calvin`. */
  login?: { user: string; password: string };
  /** Nobody reads what is typed: no login, no shell. For tests that look at the bytes themselves. */
  mute?: boolean;
}

/** Lets the server print its boot on its serial port, and answer there once it runs. */
export function serveSerial(server: SimulatedServer, options: SerialOptions = {}): void {
  const { user = "root", password = "calvin" } = options.login ?? {};
  const script = { ...serialScript(server.name), ...options.script };
  const act = (action: "reset" | "soft") => void server.act(action, "the serial console");
  const shell = new LoginShell(server.serial, { name: server.name, user, password, act });
  server.on((event) => {
    if (event.type !== "state") return;
    shell.restart();
    const text = options.mute ? undefined : script[event.state];
    if (text) server.serial.print(text);
  });
  if (options.mute) return;
  server.serial.on({ input: (bytes) => server.state === "ready" && shell.input(bytes) });
}
