import { SecretError } from "../errors.ts";

/** The variable's value. An empty variable counts as missing: nobody means an empty password. */
export function fromEnv(name: string, env: NodeJS.ProcessEnv, source: string): string {
  const value = env[name];
  if (value) return value;
  const state = value === undefined ? "is not set" : "is empty";
  throw new SecretError("missing", source, `the environment variable ${name} ${state}`, {
    advice: `set ${name} for rackhand (in a crontab or unit too: it does not inherit your shell's)`,
  });
}
