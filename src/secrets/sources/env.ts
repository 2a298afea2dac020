import { SecretError } from "../errors.ts";
import type { PolicyFile } from "../policy-file.ts";

function isAllowed(name: string, allowed: readonly string[] | undefined): boolean {
  return (
    allowed === undefined ||
    allowed.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
  );
}

/** The variable's value. An empty variable counts as missing: nobody means an empty password. */
export function fromEnv(name: string, env: NodeJS.ProcessEnv, policy: PolicyFile, source: string): string {
  if (!isAllowed(name, policy.environment)) {
    throw new SecretError("denied", source, `the host's policy file does not let an estate read the variable ${name}`, {
      advice: "add it to `environment:` there, if that is meant",
    });
  }
  const value = env[name];
  if (value) return value;
  const state = value === undefined ? "is not set" : "is empty";
  throw new SecretError("missing", source, `the environment variable ${name} ${state}`, {
    advice: `set ${name} for rackhand; cron and systemd do not inherit your shell's variables`,
  });
}
