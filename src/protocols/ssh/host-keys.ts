import { createHash, createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

/** `SHA256:…` as `ssh-keygen -l` prints it. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replaceAll("=", "")}`;
}

/** The key's own algorithm, its first string (RFC 4253 §6.6); empty when it has none. */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return length <= 64 ? bytes.toString("latin1", 4, 4 + length) : "";
}

/** Keys that somebody vouched for, and keys that are known to be stolen. */
export interface KnownKeys {
  trusted: readonly Buffer[];
  revoked: readonly Buffer[];
}

/** Where OpenSSH looks: the user's file first, then the host's. */
export function knownHostsFiles(): string[] {
  return [path.join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

/** What the known_hosts files (sshd(8), also hashed names) say of `host`. Files that cannot be read say nothing; certificate authorities are not used. */
export async function knownKeys(host: string, port: number, files: readonly string[]): Promise<KnownKeys> {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  const found = { trusted: [] as Buffer[], revoked: [] as Buffer[] };
  for (const file of files) {
    for (const line of (await readFile(file, "utf8").catch(() => "")).split("\n")) {
      const entry = /^(?:(@\S+)\s+)?([^\s#@]\S*)\s+(\S+)\s+([A-Za-z0-9+/]+=*)/.exec(line);
      if (!entry || !matches(entry[2] ?? "", name)) continue;
      const key = Buffer.from(entry[4] ?? "", "base64");
      if (entry[1] === "@revoked") found.revoked.push(key);
      else if (entry[1] === undefined) found.trusted.push(key);
    }
  }
  return found;
}

function matches(field: string, name: string): boolean {
  const [, kind, salt, hash] = field.split("|");
  if (kind === "1")
    return (
      createHmac("sha1", Buffer.from(salt ?? "", "base64"))
        .update(name)
        .digest("base64") === hash
    );
  const patterns = field.toLowerCase().split(",");
  const hit = (pattern: string) => glob(pattern, name);
  return (
    patterns.some((each) => !each.startsWith("!") && hit(each)) &&
    !patterns.some((each) => each.startsWith("!") && hit(each.slice(1)))
  );
}

/** `*` and `?`, in linear time. */
function glob(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === "?" || (pattern[p] === name[n] && pattern[p] !== "*")) [p, n] = [p + 1, n + 1];
    else if (pattern[p] === "*") [star, mark, p] = [p, n, p + 1];
    else if (star >= 0) [p, mark, n] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
