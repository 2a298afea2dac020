import { UsageError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { credentialsNamed, type Estate } from "#estate/estate.ts";
import type { SshLogin } from "#probes/probe.ts";
import { resolveSecret, resolveText, type SecretContext } from "#secrets/resolve.ts";
import type { SecretSource } from "#secrets/source.ts";

/** A user name with its secrets, read. */
export interface Login {
  username: string;
  password?: Secret;
  privateKey?: Secret;
  kg?: Secret;
}

/** The secrets of one estate: each source is read once per process, when first needed. */
export interface SecretBox {
  read(source: SecretSource): Promise<Secret>;
  /** The credentials of that name for that use. UsageError `credentials.use` when they are not meant for it, `secret.…` when a secret cannot be had. */
  login(credentials: string, use: "bmc" | "ssh"): Promise<Login>;
}

export function openSecrets(estate: Estate, env: NodeJS.ProcessEnv): SecretBox {
  const context: SecretContext = { root: estate.root, env };
  const known = new Map<string, Promise<Secret>>();

  function read(source: SecretSource): Promise<Secret> {
    const key = JSON.stringify(source); // its name leaves out the arguments of a program
    const found = known.get(key) ?? resolveSecret(source, context);
    known.set(key, found);
    return found;
  }

  async function login(name: string, use: "bmc" | "ssh"): Promise<Login> {
    const declared = credentialsNamed(estate, name);
    if (!declared.for.includes(use)) throw notFor(estate, name, use);
    const { username, password, privateKey, kg } = declared;
    return {
      username: typeof username === "object" ? await resolveText(username, context) : (username ?? ""),
      ...(password ? { password: await read(password) } : {}),
      ...(privateKey ? { privateKey: await read(privateKey) } : {}),
      ...(kg ? { kg: await read(kg) } : {}),
    };
  }

  return { read, login };
}

function notFor(estate: Estate, name: string, use: string): UsageError {
  const place = estate.places.get(`Credentials/${name}`) ?? estate.root;
  return new UsageError("credentials.use", `credentials '${name}' are not meant for ${use}`, {
    subject: place,
    advice: `add ${use} to their 'for:', or use other credentials`,
  });
}

/** A source that came as plain data, from a command line or a run's input. Throws UsageError `secret.source`. */
export async function sourceOf(data: unknown): Promise<SecretSource> {
  const { SecretSource } = await import("#secrets/source.ts");
  const source = SecretSource.safeParse(data);
  if (source.success) return source.data;
  throw new UsageError("secret.source", `no source of a secret: ${source.error.issues[0]?.message ?? "unknown"}`, {
    advice: "say env:NAME, file:PATH or nothing to be asked",
  });
}

/** A login as SSH wants it. */
export function sshLogin(login: Login, hostKey?: string): SshLogin {
  return {
    username: login.username,
    ...(login.password ? { password: login.password } : {}),
    ...(login.privateKey ? { privateKey: login.privateKey } : {}),
    ...(hostKey === undefined ? {} : { hostKey }),
  };
}
