import { RackhandError, RefusedError, UnreachableError, UsageError } from "#base/errors.ts";

/** The host key is not the pinned one, is revoked, or nobody vouched for it. Nothing was sent: no name, no password. */
export class HostKeyError extends RefusedError {
  readonly what: "unknown" | "changed" | "revoked";

  constructor(where: string, what: HostKeyError["what"], seen: string) {
    const messages = {
      unknown: `nobody vouched for its host key ${seen}`,
      changed: `its host key ${seen} is not the known one: another machine, a new installation, or somebody in between`,
      revoked: `its host key ${seen} is marked as revoked`,
    };
    super("ssh.host-key", messages[what], {
      subject: where,
      advice: `if that is its key (ssh-keygen -l -f on its console tells), pin it: hostKey: '${seen}', or put it into known_hosts`,
      details: { seen, what },
    });
    this.what = what;
  }
}

/** The machine does not take our name with our key or password: says nothing about its health. */
export class SshAuthError extends RackhandError {
  constructor(where: string, username: string, tried: readonly string[], cause?: unknown) {
    super("ssh.auth", `does not let '${username}' in (tried: ${tried.join(", ") || "nothing"})`, {
      subject: where,
      advice: "check the user name, the key or password, and the machine's authorized_keys",
      cause,
    });
  }
}

/** Ours, before anything is sent. */
export function unusableKey(name: string, why: string): UsageError {
  return new UsageError("ssh.key", `the private key (${name}) cannot be used: ${why}`, {
    advice: "give an OpenSSH or PEM key without passphrase",
  });
}

/** Something answers on the port, but an SSH connection did not come about. */
export function noSession(where: string, why: string, cause?: unknown): UnreachableError {
  return new UnreachableError("ssh.handshake", `no SSH connection: ${why}`, {
    subject: where,
    advice: "is that port an SSH server's?",
    cause,
  });
}

/** The connection ended before the command did. It may have run, and may still be running. */
export class SshLostError extends RackhandError {
  constructor(where: string, cause?: unknown) {
    super("ssh.lost", "the connection ended before the command did; it may still be running there", {
      subject: where,
      advice: "look on the machine whether it ran",
      cause,
    });
  }
}
