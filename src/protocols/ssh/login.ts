import type { Secret } from "#base/secret.ts";

/** Who logs in, and how. Without password and key the agent of the environment is asked (SSH_AUTH_SOCK). */
export interface SshLogin {
  username: string;
  password?: Secret;
  /** OpenSSH or PEM, without passphrase. */
  privateKey?: Secret;
  /** SHA256 fingerprint of the host key, when pinned. */
  hostKey?: string;
}
