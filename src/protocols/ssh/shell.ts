import { systemClock, type Clock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";
import { openClient } from "./client/open.ts";
import { hostPort } from "./dial.ts";
import { SshLostError } from "./errors.ts";
import type { SshLogin } from "./login.ts";

export interface ShellOptions {
  host: string;
  port: number;
  login: SshLogin;
  /** What the other side prints. */
  data: (bytes: Uint8Array) => void;
  /** The shell or the connection has ended; not after {@link Shell.close}. */
  end: (why: string) => void;
  /** Also take the key exchanges and ciphers of old BMCs. */
  oldAlgorithms?: boolean;
  keepAlive?: { every: Ms; misses: number };
  signal?: AbortSignal;
  /** Until the login has succeeded. Default 20 s. */
  connectTimeout?: Ms;
  clock?: Clock;
  knownHosts?: readonly string[];
}

/** A shell on a terminal of 80 by 24. */
export interface Shell {
  /** Resolves when it has left, as fast as the other side takes it. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Logs in and opens an interactive shell. Throws DialError (`net.…`), HostKeyError, SshAuthError, UsageError `ssh.key`, UnreachableError `ssh.handshake`,
 * SshLostError when the other side gives no shell, and the signal's reason.
 */
export async function openShell(options: ShellOptions): Promise<Shell> {
  const { host, port, data, end, connectTimeout = seconds(20), clock = systemClock } = options;
  const connection = await openClient({ ...options, clock, timeout: connectTimeout });
  const where = hostPort(host, port);
  let ended = false;
  const finish = (why: string) => {
    if (ended) return;
    ended = true;
    end(why);
  };
  try {
    const channel = await new Promise<import("ssh2").ClientChannel>((resolve, reject) => {
      connection.client.once("close", () => reject(new SshLostError(where)));
      connection.client.shell({ term: "vt100", cols: 80, rows: 24 }, (error, opened) =>
        error ? reject(new SshLostError(where, error)) : resolve(opened),
      );
    });
    channel.on("data", data);
    channel.stderr.on("data", data);
    channel.on("close", () => finish("the other side ended the shell"));
    connection.client.on("error", (error) => finish(error.message.slice(0, 200)));
    connection.client.on("close", () => finish("the connection ended"));
    const close = async () => {
      ended = true;
      channel.close();
      await connection[Symbol.asyncDispose]();
    };
    const write = (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        channel.write(bytes, (error) => (error ? reject(new SshLostError(where, error)) : resolve()));
      });
    return { write, close };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
