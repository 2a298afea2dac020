import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The identities found, and what was found where, for people: `SOPS_AGE_KEY is not set`. */
export interface Identities {
  identities: string[];
  looked: string[];
}

function identitiesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line.startsWith("AGE-SECRET-KEY-"));
}

function fromKeyFile(path: string, name: string, into: Identities): void {
  try {
    const found = identitiesIn(readFileSync(path, "utf8"));
    into.identities.push(...found);
    into.looked.push(`${name}: ${found.length === 1 ? "1 key" : `${found.length} keys`}`);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    into.looked.push(`${name}: ${missing ? "no such file" : "not readable"}`);
  }
}

/** The age identities of this host, where SOPS itself looks: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, sops/age/keys.txt in the user's configuration folder. */
export function ageIdentities(env: NodeJS.ProcessEnv): Identities {
  const result: Identities = { identities: [], looked: [] };
  const inline = env["SOPS_AGE_KEY"];
  if (inline) result.identities.push(...identitiesIn(inline));
  result.looked.push(inline ? `SOPS_AGE_KEY: ${result.identities.length} keys` : "SOPS_AGE_KEY: not set");
  const named = env["SOPS_AGE_KEY_FILE"];
  if (named) fromKeyFile(named, `SOPS_AGE_KEY_FILE ${named}`, result);
  const standard = join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "sops/age/keys.txt");
  fromKeyFile(standard, standard, result);
  return result;
}

/** Opens the data key with whichever identity fits; undefined when none does. A damaged identity or stanza counts as one that does not fit. */
export async function openDataKey(
  keys: readonly { enc: string }[],
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  const { armor, Decrypter } = await import("age-encryption");
  for (const identity of identities) {
    for (const { enc } of keys) {
      try {
        const decrypter = new Decrypter();
        decrypter.addIdentity(identity);
        return await decrypter.decrypt(armor.decode(enc));
      } catch {
        continue;
      }
    }
  }
  return undefined;
}
