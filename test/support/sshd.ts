import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeLoopback, freeTcpPort } from "./ipmi-sim.ts";
import { which } from "./needs.ts";

/** A real OpenSSH server on loopback that lets this very user in with a key of its own. */
export interface Sshd extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  /** A key that is let in, and one that is not. */
  readonly privateKey: string;
  readonly strangersKey: string;
  /** Fingerprints of its host keys, by kind. */
  readonly hostKeys: Record<"ed25519" | "ecdsa" | "rsa", string>;
  /** A known_hosts line for one of them. */
  knownHosts(kind: "ed25519" | "ecdsa" | "rsa"): string;
  readonly dir: string;
  log(): string;
}

function keygen(file: string, ...options: string[]): void {
  execFileSync("ssh-keygen", ["-q", "-N", "", "-f", file, ...options]);
}

const kinds = ["ed25519", "ecdsa", "rsa"] as const;

/** Starts sshd. Needs `sshd` and `ssh-keygen` (Debian: openssh-server, openssh-client). */
export async function startSshd(): Promise<Sshd> {
  const dir = mkdtempSync(path.join(tmpdir(), "rackhand-sshd-"));
  const address = await freeLoopback(2222);
  const port = await freeTcpPort(address);
  for (const kind of kinds) keygen(path.join(dir, kind), "-t", kind, ...(kind === "rsa" ? ["-b", "2048"] : []));
  keygen(path.join(dir, "user"), "-t", "ed25519");
  keygen(path.join(dir, "stranger"), "-t", "ed25519");
  const read = (name: string) => readFileSync(path.join(dir, name), "utf8");
  writeFileSync(path.join(dir, "authorized_keys"), read("user.pub"), { mode: 0o600 });
  chmodSync(dir, 0o700);
  writeFileSync(path.join(dir, "sshd_config"), configuration(dir, address, port));
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });

  const log = path.join(dir, "log");
  const child = spawn(which("sshd") ?? "sshd", ["-D", "-f", path.join(dir, "sshd_config"), "-E", log], {
    stdio: "ignore",
  });
  await waitForPort(child, address, port, () => read("log"));
  const fingerprint = (kind: string) =>
    execFileSync("ssh-keygen", ["-l", "-f", path.join(dir, `${kind}.pub`)])
      .toString()
      .split(" ")[1] ?? "";
  return {
    address,
    port,
    dir,
    username: userInfo().username,
    privateKey: read("user"),
    strangersKey: read("stranger"),
    hostKeys: { ed25519: fingerprint("ed25519"), ecdsa: fingerprint("ecdsa"), rsa: fingerprint("rsa") },
    knownHosts: (kind) => `[${address}]:${port} ${read(`${kind}.pub`)}`,
    log: () => read("log"),
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, "exit");
      child.kill();
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configuration(dir: string, address: string, port: number): string {
  return [
    `ListenAddress ${address}:${port}`,
    ...kinds.map((kind) => `HostKey ${path.join(dir, kind)}`),
    `AuthorizedKeysFile ${path.join(dir, "authorized_keys")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}

async function waitForPort(child: ChildProcess, address: string, port: number, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended at once: ${log()}`);
    const open = await new Promise((resolve) => {
      const socket = connect(port, address, () => resolve(socket.destroy()));
      socket.once("error", () => resolve(undefined));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`sshd does not listen: ${log()}`);
}
