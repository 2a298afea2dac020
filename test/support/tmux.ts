import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** A program at a real terminal, and somebody at its keyboard. */
export interface Terminal extends AsyncDisposable {
  /** Types literally; `keys` takes names as tmux knows them (Enter, C-c). */
  type(text: string): Promise<void>;
  keys(...names: readonly string[]): Promise<void>;
  /** What stands on it now, trailing blanks cut. */
  screen(): Promise<string>;
  /** Resolves with the screen once it matches; rejects after `timeout` ms (default 15 s), showing it. */
  shows(pattern: RegExp, timeout?: number): Promise<string>;
}

/** Runs a shell command line in a tmux of its own. Needs `tmux`. When the program has ended, `[ended CODE]` stands on the screen. */
export async function openTerminal(
  commandLine: string,
  { env = {}, cols = 100, rows = 30 }: { env?: Record<string, string>; cols?: number; rows?: number } = {},
): Promise<Terminal> {
  const socket = `rackhand-${process.pid}-${randomBytes(4).toString("hex")}`;
  const tmux = (...args: readonly string[]) =>
    exec("tmux", ["-L", socket, "-f", "/dev/null", ...args], { env: { ...process.env, LC_ALL: "C.UTF-8", ...env } });
  await tmux(
    "new-session",
    "-d",
    "-x",
    String(cols),
    "-y",
    String(rows),
    "sh",
    "-c",
    `${commandLine}; echo "[ended $?]"; exec sleep 600`,
  );
  const screen = async () => (await tmux("capture-pane", "-p", "-J")).stdout.trimEnd();
  return {
    type: async (text) => void (await tmux("send-keys", "-l", "--", text)),
    keys: async (...names) => void (await tmux("send-keys", ...names)),
    screen,
    async shows(pattern, timeout = 15_000) {
      const late = performance.now() + timeout;
      for (;;) {
        const text = await screen();
        if (pattern.test(text)) return text;
        if (performance.now() > late) throw new Error(`the terminal does not show ${String(pattern)}:\n${text}`);
        await sleep(100);
      }
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => undefined);
    },
  };
}
