import type {
  CipherAlgorithm,
  Client,
  ClientErrorExtensions,
  ConnectConfig,
  KexAlgorithm,
  ServerHostKeyAlgorithm,
} from "ssh2";
import type { Clock } from "#base/clock.ts";
import { formatDuration, type Ms } from "#base/units.ts";
import { HostKeyError, noSession, SshAuthError } from "../errors.ts";
import { fingerprint } from "../host-keys.ts";
import type { Credentials } from "./credentials.ts";
import type { Verdict } from "./judge.ts";

export interface HandshakeOptions {
  where: string;
  credentials: Credentials;
  hostKeys: readonly ServerHostKeyAlgorithm[];
  judge: (key: Buffer) => Verdict;
  /** Seconds between keep-alives and how many may stay unanswered. */
  keepAlive: { every: Ms; misses: number };
  oldAlgorithms: boolean;
  timeout: Ms;
  clock: Clock;
  signal?: AbortSignal;
}

/** What SSH servers of old BMCs speak besides; broken by today's measure, so only where somebody said so. */
const old = {
  kex: [
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
  ] as const satisfies KexAlgorithm[],
  cipher: ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"] as const satisfies CipherAlgorithm[],
};

/** Behind the usual ones: the strongest that both speak is taken. */
const added = {
  kex: { append: [...old.kex], prepend: [], remove: [] },
  cipher: { append: [...old.cipher], prepend: [], remove: [] },
};

/** Greets, checks the host key before any name or password is sent, logs in. The caller closes client and socket when this throws. */
export async function handshake(
  client: Client,
  sock: NonNullable<ConnectConfig["sock"]>,
  options: HandshakeOptions,
): Promise<void> {
  const { where, credentials, hostKeys, judge, keepAlive, oldAlgorithms, timeout, clock, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const over = new AbortController();
  const abort = () => reject(signal?.reason as Error);
  let refused: HostKeyError | undefined;

  client.once("ready", resolve);
  client.on("error", (error: Error & ClientErrorExtensions) => reject(refused ?? translate(error, options)));
  client.once("close", () => reject(refused ?? noSession(where, "the other side hung up")));
  client.on("keyboard-interactive", (_name, _text, _language, prompts, finish) => {
    // A question whose answer is shown is no password prompt.
    finish(prompts.map(({ echo }) => (echo ? "" : (credentials.config.password ?? ""))));
  });
  signal?.addEventListener("abort", abort, { once: true });
  clock.sleep(timeout, over.signal).then(
    () => reject(noSession(where, `the login was not done in ${formatDuration(timeout)}`)),
    () => {},
  );

  try {
    client.connect({
      ...credentials.config,
      sock,
      algorithms: { serverHostKey: [...hostKeys], ...(oldAlgorithms ? added : {}) },
      readyTimeout: 0,
      keepaliveInterval: keepAlive.every,
      keepaliveCountMax: keepAlive.misses,
      hostVerifier: (key: Buffer) => {
        const verdict = judge(key);
        if (verdict !== "trusted") refused = new HostKeyError(where, verdict, fingerprint(key));
        return verdict === "trusted";
      },
    });
    await promise;
  } finally {
    over.abort();
    signal?.removeEventListener("abort", abort);
  }
}

function translate(error: Error & ClientErrorExtensions, { where, credentials }: HandshakeOptions): Error {
  const { username = "" } = credentials.config;
  if (error.level === "client-authentication") return new SshAuthError(where, username, credentials.methods, error);
  return noSession(where, error.message.slice(0, 200), error);
}
