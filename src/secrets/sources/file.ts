import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { SecretError } from "../errors.ts";
import { isBelow } from "../policy.ts";
import type { PolicyFile } from "../policy-file.ts";

const why: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "it may not be read",
  ELOOP: "its links go round in circles",
};

function unreadable(error: unknown, path: string, source: string): SecretError {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const kind = code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unreadable";
  return new SecretError(kind, source, `looked for ${path}: ${why[code] ?? code}`, {
    advice:
      kind === "missing" ? "relative paths start at the estate's root" : "rackhand reads it as the user who started it",
  });
}

/** The real path of a file that a source names, if the host's policy lets an estate read it. Files inside the estate may always be read. */
export async function readablePath(path: string, root: string, policy: PolicyFile, source: string): Promise<string> {
  const wanted = resolve(root, path);
  const real = await realpath(wanted).catch((error: unknown) => {
    throw unreadable(error, wanted, source);
  });
  const folders = policy.files === undefined ? undefined : [await realpath(root), ...policy.files];
  if (folders && !folders.some((folder) => isBelow(real, folder))) {
    throw new SecretError("denied", source, `the host's policy file does not let an estate read ${real}`, {
      advice: "add its folder to `files:` there, if that is meant",
    });
  }
  return real;
}

/** A regular file's text, at most `limit` bytes; pipes and devices are refused, they could block for ever. */
export async function readText(path: string, limit: number, source: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(error, path, source);
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new SecretError("unreadable", source, `${path} is not a regular file`);
    if (status.size > limit)
      throw new SecretError(
        "unreadable",
        source,
        `${path} has ${status.size} bytes, more than the ${limit} that are read`,
      );
    return inUtf8(await file.readFile(), path, source);
  } finally {
    await file.close();
  }
}

/** Bytes that are not text would be sent as replacement characters: a wrong password, which may lock the account. */
function inUtf8(bytes: Buffer, path: string, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SecretError("unreadable", source, `${path} is not UTF-8 text`, {
      advice: "save it as UTF-8; a binary K_g is written 0x and hex digits",
    });
  }
}

/** A file's content without its last line break. */
export async function fromFile(path: string, root: string, policy: PolicyFile, source: string): Promise<string> {
  const real = await readablePath(path, root, policy, source);
  const value = (await readText(real, 64 * 1024, source)).replace(/\r?\n$/, "");
  if (value === "") throw new SecretError("missing", source, `${real} is empty`);
  return value;
}
