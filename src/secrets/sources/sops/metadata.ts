import { RE2JS } from "re2js";
import { z } from "zod";
import { SopsFormatError } from "./tree.ts";

const AgeKey = z.object({ recipient: z.string(), enc: z.string() });
const keys = z.array(z.unknown()).nullish();
const Group = z.object({
  age: z.array(AgeKey).nullish(),
  pgp: keys,
  kms: keys,
  gcp_kms: keys,
  azure_kv: keys,
  hc_vault: keys,
});

/** The fields of the `sops:` section that reading needs; the rest is let be. */
const Metadata = Group.extend({
  key_groups: z.array(Group).nullish(),
  shamir_threshold: z.coerce.number().nullish(),
  lastmodified: z.string(),
  mac: z.string().nullish(),
  mac_only_encrypted: z.boolean().nullish(),
  unencrypted_suffix: z.string().nullish(),
  encrypted_suffix: z.string().nullish(),
  unencrypted_regex: z.string().nullish(),
  encrypted_regex: z.string().nullish(),
  unencrypted_comment_regex: z.string().nullish(),
  encrypted_comment_regex: z.string().nullish(),
});
export type Metadata = z.infer<typeof Metadata>;

const otherKeys = ["pgp", "kms", "gcp_kms", "azure_kv", "hc_vault"] as const;
export type OtherKey = (typeof otherKeys)[number];

export function readMetadata(raw: Record<string, unknown>): Metadata {
  const result = Metadata.safeParse(raw);
  if (result.success) return result.data;
  throw new SopsFormatError(
    `its \`sops\` section is damaged (${result.error.issues.map((issue) => issue.path.join(".")).join(", ")})`,
  );
}

function groupsOf(metadata: Metadata) {
  return [metadata, ...(metadata.key_groups ?? [])];
}

/** The age recipients that can each open the whole file. Split data keys (Shamir) are left to the `sops` program. */
export function ageKeys(metadata: Metadata): z.infer<typeof AgeKey>[] {
  const groups = groupsOf(metadata);
  const split = (metadata.key_groups ?? []).length > 1;
  return split ? [] : groups.flatMap((group) => group.age ?? []);
}

/** The other kinds of key that the file has. */
export function otherKinds(metadata: Metadata): OtherKey[] {
  return otherKeys.filter((kind) => groupsOf(metadata).some((group) => (group[kind] ?? []).length > 0));
}

/** Whether what is encrypted depends on comments; then only the `sops` program can tell. */
export function rulesByComment(metadata: Metadata): boolean {
  return Boolean(metadata.unencrypted_comment_regex) || Boolean(metadata.encrypted_comment_regex);
}

function matcher(pattern: string): (key: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern);
    return (key) => compiled.matcher(key).find();
  } catch {
    throw new SopsFormatError("its `sops` section holds a pattern that is not a regular expression");
  }
}

/** SOPS' rule: is the value at this path encrypted? Without any setting all are, but those below a key that ends in `_unencrypted`. */
export function encryptionRule(metadata: Metadata): (path: readonly string[]) => boolean {
  const { encrypted_suffix: suffix, unencrypted_regex: plainPattern, encrypted_regex: pattern } = metadata;
  if (suffix) return (path) => path.some((key) => key.endsWith(suffix));
  if (pattern) {
    const matches = matcher(pattern);
    return (path) => path.some(matches);
  }
  if (plainPattern) {
    const matches = matcher(plainPattern);
    return (path) => !path.some(matches);
  }
  const plainSuffix = metadata.unencrypted_suffix || "_unencrypted";
  return (path) => !path.some((key) => key.endsWith(plainSuffix));
}
