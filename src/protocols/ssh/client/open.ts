import type { Client, ServerHostKeyAlgorithm } from "ssh2";
import { deadline, type Clock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";
import { dial, hostPort } from "../dial.ts";
import { HostKeyError, noSession } from "../errors.ts";
import { keyType, knownHostsFiles, knownKeys } from "../host-keys.ts";
import type { SshLogin } from "../login.ts";
import { credentials } from "./credentials.ts";
import { handshake } from "./handshake.ts";
import { judge, type Verdict } from "./judge.ts";

export interface OpenOptions {
  host: string;
  port: number;
  login: SshLogin;
  /** For all of it: name, connection, key exchange, login. */
  timeout: Ms;
  clock: Clock;
  signal?: AbortSignal;
  knownHosts?: readonly string[];
  /** Also take the key exchanges and ciphers of old BMCs. */
  oldAlgorithms?: boolean;
  /** Default: every 15 s, 4 may stay unanswered. */
  keepAlive?: { every: Ms; misses: number };
}

/** A logged-in connection; ends with its block. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
}

/** The kinds of host keys, the strong first. */
const families: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ["ssh-ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
];

/** A machine that died is noticed while its command is silent. */
const usualKeepAlive = { every: seconds(15), misses: 4 };

/**
 * Connects and logs in. A server has several keys and shows the one that is asked for first, which need not be the one that is pinned or known: the known kinds
 * are asked for first, and the other kinds in turn before it is called changed.
 */
export async function openClient(options: OpenOptions): Promise<Connection> {
  const { host, port, login, clock, timeout } = options;
  const end = deadline(clock, timeout);
  const known = await knownKeys(host, port, options.knownHosts ?? knownHostsFiles());
  const trust = login.hostKey === undefined ? known : { ...known, pinned: login.hostKey };
  const kinds = login.hostKey === undefined ? known.trusted.map(keyType) : [];
  const isKnown = (family: readonly string[]) => Number(family.some((type) => kinds.includes(type)));
  const order = families.toSorted((a, b) => isKnown(b) - isKnown(a));
  let refused: HostKeyError | undefined;
  for (let at = 0; at < order.length; at++) {
    try {
      return await openOnce({ ...options, timeout: end.remaining() }, order.slice(at).flat(), (key) =>
        judge(key, trust),
      );
    } catch (error) {
      const anotherMayFit = error instanceof HostKeyError && error.what === "changed";
      if (!anotherMayFit) throw (isNoCommonKey(error) ? refused : undefined) ?? error;
      refused ??= error;
    }
  }
  throw refused ?? noSession(hostPort(host, port), "no kind of host key was accepted");
}

const isNoCommonKey = (error: unknown) => error instanceof Error && /no matching host key/i.test(error.message);

async function openOnce(
  options: OpenOptions,
  hostKeys: readonly ServerHostKeyAlgorithm[],
  judgeKey: (key: Buffer) => Verdict,
): Promise<Connection> {
  const { host, port, login, timeout, clock, signal, oldAlgorithms = false, keepAlive = usualKeepAlive } = options;
  const end = deadline(clock, timeout);
  const given = await credentials(login);
  const { Client } = (await import("ssh2")).default;
  const aborting = signal ? { signal } : {};
  const socket = await dial(host, port, { timeout: end.remaining(), clock, ...aborting });
  const client = new Client();
  async function close(): Promise<void> {
    // Whatever the dying connection still has to say interests nobody.
    client.removeAllListeners("error").on("error", () => {});
    client.end();
    socket.destroySoon();
  }
  try {
    const where = hostPort(host, port);
    await handshake(client, socket, {
      where,
      credentials: given,
      hostKeys,
      judge: judgeKey,
      keepAlive,
      oldAlgorithms,
      timeout: end.remaining(),
      clock,
      ...aborting,
    });
    return { client, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
