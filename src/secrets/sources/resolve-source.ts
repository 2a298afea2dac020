import { Secret } from "#base/secret.ts";
import { SecretError } from "../errors.ts";
import type { SecretContext } from "../resolve.ts";
import { sourceName } from "../resolve.ts";
import type { SecretSource } from "../source.ts";
import { fromEnv } from "./env.ts";

async function read(source: SecretSource, context: SecretContext, name: string): Promise<string> {
  if ("env" in source) return fromEnv(source.env, context.env, name);
  throw new SecretError("unsupported", name, "Vault is not supported by this version");
}

export async function resolve(source: SecretSource, context: SecretContext): Promise<Secret> {
  const name = sourceName(source);
  return new Secret(await read(source, context, name), name);
}
