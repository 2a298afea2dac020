import { SecretError } from "../../errors.ts";
import type { PolicyFile } from "../../policy-file.ts";
import { lastWords, runProgram } from "../program.ts";
import type { OtherKey } from "./metadata.ts";
import type { Place } from "./open.ts";

/** These name a server in the file itself, so whoever writes the file chooses who gets this host's token. */
function reachesOut(kinds: readonly OtherKey[], policy: PolicyFile): OtherKey | undefined {
  return kinds.find((kind) => (kind === "hc_vault" || kind === "azure_kv") && !policy.sopsKeyServices.includes(kind));
}

function* placesOf(value: unknown, place: readonly string[]): Generator<Place> {
  if (typeof value === "object" && value !== null) {
    for (const [key, below] of Object.entries(value)) yield* placesOf(below, [...place, key]);
  } else if (typeof value === "string") yield { place, value };
  else if (typeof value === "number" || typeof value === "boolean") yield { place, value: String(value) };
}

/**
 * Decrypts with the `sops` program, which knows PGP, cloud key services, SSH keys and plugins; it verifies the MAC itself. No argument holds a secret.
 * Undefined when it is not installed.
 */
export async function decryptWithProgram(
  file: { path: string; json: boolean; kinds: readonly OtherKey[] },
  context: { env: NodeJS.ProcessEnv; signal?: AbortSignal },
  policy: PolicyFile,
  source: string,
): Promise<Place[] | undefined> {
  const denied = reachesOut(file.kinds, policy);
  if (denied !== undefined) {
    throw new SecretError(
      "denied",
      source,
      `${file.path} has a key of ${denied}, a server that the file itself names`,
      {
        advice: `allow it with \`sopsKeyServices: [${denied}]\` in /etc/rackhand/policy.yaml, or give this host an age key`,
      },
    );
  }
  const args = ["--decrypt", "--input-type", file.json ? "json" : "yaml", "--output-type", "json", file.path];
  const finished = await runProgram("sops", args, context.env, context.signal);
  if (finished.failure === "ENOENT") return undefined;
  if (finished.code !== 0) {
    const mac = /mac mismatch|failed to verify data integrity/i.test(finished.stderr);
    throw new SecretError(
      mac ? "sops.mac" : "sops.no-key",
      source,
      `the sops program could not decrypt ${file.path}: ${lastWords(finished)}`,
    );
  }
  try {
    return [...placesOf(JSON.parse(finished.stdout), [])];
  } catch {
    throw new SecretError("sops.format", source, `the sops program did not print JSON for ${file.path}`);
  }
}
