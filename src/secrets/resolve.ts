import type { Secret } from "#base/secret.ts";
import type { SecretSource } from "./source.ts";

/** What the host grants to the resolution of secrets. Nothing in it comes from the estate but `root`. */
export interface SecretContext {
  /** The estate's root: relative paths in sources start here. */
  readonly root: string;
  /** The process's environment; also says where SOPS' age keys and the policy file are. */
  readonly env: NodeJS.ProcessEnv;
  /** Asks a person without echo. Absent: the process's terminal, if it has one. */
  readonly ask?: (question: string) => Promise<string>;
  readonly signal?: AbortSignal;
}

/** The name under which a source is shown: `env:IPMI_PASSWORD`, `sops:secrets.enc.yaml#ipmi.password`. Never a value. */
export function sourceName(source: SecretSource): string {
  if ("exec" in source) return `exec:${source.exec[0] ?? ""}`;
  const [kind, where] = Object.entries(source)[0] ?? ["", ""];
  return `${kind}:${where}`;
}

/**
 * Reads one secret. Decrypted SOPS files and answers to prompts are kept with the context, so that a file is decrypted and a person asked once.
 * Throws UsageError (exit 2): `secret.missing`, `secret.sops.mac`, `secret.sops.no-key`, `secret.denied` and others under `secret.`; each names the
 * source and where it was looked for, none holds a value.
 */
export async function resolveSecret(source: SecretSource, context: SecretContext): Promise<Secret> {
  const { resolve } = await import("./sources/resolve-source.ts");
  return resolve(source, context);
}

/** Reads from the same sources something that is no secret, such as a user name: it may be shown, and is not masked in other texts. Throws as {@link resolveSecret}. */
export async function resolveText(source: SecretSource, context: SecretContext): Promise<string> {
  const { resolveValue } = await import("./sources/resolve-source.ts");
  return resolveValue(source, context);
}
