import type { ClientChannel } from "ssh2";
import { systemClock, type Clock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";
import { openClient } from "./client/open.ts";
import { hostPort } from "./dial.ts";
import { SshLostError } from "./errors.ts";
import type { SshLogin } from "./login.ts";

export interface SshCommand {
  host: string;
  port: number;
  login: SshLogin;
  /** For the remote user's shell; `shellQuote` makes one of a list of arguments. */
  command: string;
  /** Ends the command (TERM, then the connection) and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Output as it comes. Not masked: whoever shows or keeps it does that. */
  onOutput?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Until the login has succeeded. Default 20 s. The command itself has no limit but `signal`. */
  connectTimeout?: Ms;
  clock?: Clock;
  /** Default: the user's and the host's own. Asked when the login pins no host key. */
  knownHosts?: readonly string[];
}

/** How a command ended: with a code, or by a signal (`exitCode` is then 128 + its number, as shells say it). */
export interface SshEnd {
  exitCode: number;
  killedBy?: string;
}

/**
 * Runs a command and waits for its end. Throws DialError (`net.…`), HostKeyError, SshAuthError, UsageError `ssh.key`, UnreachableError `ssh.handshake`
 * before it was begun; SshLostError `ssh.lost` when it was begun and its end was not seen (the usual thing for a shut-down command).
 */
export async function sshRun(options: SshCommand): Promise<SshEnd> {
  const { host, port, command, signal, onOutput, connectTimeout = seconds(20), clock = systemClock } = options;
  signal?.throwIfAborted();
  await using connection = await openClient({ ...options, clock, timeout: connectTimeout });
  const { client } = connection;
  const where = hostPort(host, port);
  // Awaited here, or the connection would be closed before the command has begun.
  return await new Promise<SshEnd>((resolve, reject) => {
    let end: SshEnd | undefined;
    let channel: ClientChannel | undefined;
    const abort = () => {
      channel?.signal("TERM");
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", abort, { once: true });
    client.on("error", (cause) => reject(new SshLostError(where, cause)));
    client.on("close", () => (end ? resolve(end) : reject(new SshLostError(where))));
    client.exec(command, (error, opened) => {
      if (error) return reject(new SshLostError(where, error));
      channel = opened;
      opened.on("data", (bytes: Buffer) => onOutput?.("stdout", bytes));
      opened.stderr.on("data", (bytes: Buffer) => onOutput?.("stderr", bytes));
      opened.on("exit", (code: number | null, name?: string) => (end = ended(code, name)));
      opened.on("close", () => {
        signal?.removeEventListener("abort", abort);
        if (end) resolve(end);
        else reject(new SshLostError(where));
      });
      opened.end();
    });
  });
}

const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

function ended(code: number | null, name: string | undefined): SshEnd {
  if (code !== null) return { exitCode: code };
  const plain = (name ?? "").replace(/^SIG/, "");
  return { exitCode: 128 + (signalNumbers[plain] ?? 0), killedBy: plain || "unknown" };
}
