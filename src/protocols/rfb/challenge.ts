import { createCipheriv } from "node:crypto";
import type { Secret } from "#base/secret.ts";

/** The bits of a byte in the opposite order. */
function mirrored(byte: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) out |= ((byte >> bit) & 1) << (7 - bit);
  return out;
}

/**
 * The answer to the challenge of VNC authentication (RFC 6143 §7.2.2): DES under the password, whose bytes are mirrored. Only the first 8 bytes of a
 * password count; servers cut it likewise. OpenSSL 3 has single DES no more, but three times the same key is the same.
 */
export function answerChallenge(challenge: Uint8Array, password: Secret): Buffer {
  const key = Buffer.alloc(8);
  Buffer.from(password.reveal(), "utf8").copy(key);
  for (let at = 0; at < 8; at++) key[at] = mirrored(key[at] ?? 0);
  const cipher = createCipheriv("des-ede3-ecb", Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}
