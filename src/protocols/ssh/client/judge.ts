import { fingerprint, type KnownKeys } from "../host-keys.ts";

export type Verdict = "trusted" | "unknown" | "changed" | "revoked";

/** A pinned fingerprint decides alone; otherwise the known keys do; a revoked key is refused in any case. Nobody is trusted on first use. */
export function judge(key: Buffer, trust: KnownKeys & { pinned?: string }): Verdict {
  if (trust.revoked.some((each) => each.equals(key))) return "revoked";
  if (trust.pinned !== undefined) return trust.pinned.replaceAll("=", "") === fingerprint(key) ? "trusted" : "changed";
  if (trust.trusted.length === 0) return "unknown";
  return trust.trusted.some((each) => each.equals(key)) ? "trusted" : "changed";
}
