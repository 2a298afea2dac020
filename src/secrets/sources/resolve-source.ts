import { Secret } from "#base/secret.ts";
import { SecretError } from "../errors.ts";
import { loadPolicy } from "../policy.ts";
import type { PolicyFile } from "../policy-file.ts";
import type { SecretContext } from "../resolve.ts";
import { sourceName } from "../resolve.ts";
import type { SecretSource } from "../source.ts";
import { fromEnv } from "./env.ts";
import { fromExec } from "./exec.ts";
import { fromFile } from "./file.ts";
import { askOnTerminal } from "./terminal.ts";

/** What one context has learnt: a person is asked once, a file is decrypted once. */
interface Memory {
  policy?: Promise<PolicyFile>;
  answers: Map<string, Promise<string>>;
  files: Map<string, Promise<(key: string, source: string) => string>>;
}

const memories = new WeakMap<SecretContext, Memory>();

function memoryOf(context: SecretContext): Memory {
  const memory = memories.get(context) ?? { answers: new Map(), files: new Map() };
  memories.set(context, memory);
  return memory;
}

async function once<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key) ?? make();
  map.set(key, known);
  try {
    return await known;
  } catch (error) {
    map.delete(key);
    throw error;
  }
}

async function fromPrompt(question: string, context: SecretContext, source: string): Promise<string> {
  const ask = context.ask ?? ((text: string) => askOnTerminal(text, context.signal));
  const answer = await ask(question);
  if (answer) return answer;
  const message = answer === undefined ? "it is asked on a terminal, and there is none" : "nothing was typed";
  throw new SecretError("missing", source, message, {
    advice: "for unattended runs read it from a file, a variable or SOPS",
  });
}

async function fromSops(source: string, context: SecretContext, policy: PolicyFile, name: string): Promise<string> {
  const split = source.indexOf("#");
  const { openSops } = await import("./sops/open.ts");
  const path = source.slice(0, split);
  const lookUp = await once(memoryOf(context).files, path, () => openSops(path, context, policy, name));
  return lookUp(source.slice(split + 1), name);
}

async function read(source: SecretSource, context: SecretContext, name: string): Promise<string> {
  const memory = memoryOf(context);
  memory.policy ??= loadPolicy(context.env, context.root);
  const policy = await memory.policy;
  if ("env" in source) return fromEnv(source.env, context.env, policy, name);
  if ("file" in source) return fromFile(source.file, context.root, policy, name);
  if ("sops" in source) return fromSops(source.sops, context, policy, name);
  if ("exec" in source) return fromExec(source.exec, context, policy, name);
  if ("prompt" in source) return once(memory.answers, source.prompt, () => fromPrompt(source.prompt, context, name));
  throw new SecretError("unsupported", name, "Vault is not supported by this version", {
    advice: "use sops:, file:, env: or exec:",
  });
}

export async function resolve(source: SecretSource, context: SecretContext): Promise<Secret> {
  const name = sourceName(source);
  return new Secret(await read(source, context, name), name);
}

export async function resolveValue(source: SecretSource, context: SecretContext): Promise<string> {
  return read(source, context, sourceName(source));
}
