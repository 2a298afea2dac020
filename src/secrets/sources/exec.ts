import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { SecretError } from "../errors.ts";
import { isBelow } from "../policy.ts";
import type { PolicyFile } from "../policy-file.ts";
import { lastWords, runProgram } from "./program.ts";

function isAllowed(argv: readonly string[], allowed: PolicyFile["programs"]): boolean {
  return allowed.some((entry) =>
    typeof entry === "string" ? entry === argv[0] : entry.every((word, index) => word === argv[index]),
  );
}

function realOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What an allowed program prints, without the last line break. A program that lies in the estate is never run: a commit could change it. */
export async function fromExec(
  argv: readonly string[],
  context: { root: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
  policy: PolicyFile,
  source: string,
): Promise<string> {
  const [program = "", ...args] = argv;
  if (!isAbsolute(program)) throw new SecretError("denied", source, "a program must be given by its absolute path");
  if (!isAllowed(argv, policy.programs)) {
    throw new SecretError("denied", source, "the host's policy file does not allow this program with these arguments", {
      advice: "whoever owns this host can add it to `programs:` in /etc/rackhand/policy.yaml",
    });
  }
  if (isBelow(realOrSame(program), realOrSame(context.root)))
    throw new SecretError("denied", source, "a program inside the estate is never run");
  const finished = await runProgram(program, args, context.env, context.signal);
  if (finished.code !== 0)
    throw new SecretError("missing", source, `${program} gave no secret: ${lastWords(finished)}`);
  const value = finished.stdout.replace(/\r?\n$/, "");
  if (value === "") throw new SecretError("missing", source, `${program} printed nothing`);
  return value;
}
