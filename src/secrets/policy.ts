import { realpathSync, statSync } from "node:fs";
import { dirname, sep } from "node:path";
import { UsageError } from "#base/errors.ts";
import type { PolicyFile } from "./policy-file.ts";

/** Where the host says what an estate may run and read. */
export const policyPath = "/etc/rackhand/policy.yaml";

/** What holds where there is no policy file: no program may be run; files and variables are those of the user who runs rackhand. */
const open: PolicyFile = { programs: [], sopsKeyServices: [] };

/** Named by the host's environment, which no estate can set. */
function chosenPath(env: NodeJS.ProcessEnv): { path: string; named: boolean } {
  const named = env["RACKHAND_POLICY"];
  return named ? { path: named, named: true } : { path: policyPath, named: false };
}

/** Whether `path` is `folder` or lies in it; both resolved. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function refuseUnsafe(path: string): void {
  for (const checked of [path, dirname(path)]) {
    const { uid, mode } = statSync(checked);
    const sticky = (mode & 0o1000) !== 0 && checked !== path;
    if ((uid !== 0 && uid !== process.geteuid?.()) || ((mode & 0o022) !== 0 && !sticky)) {
      throw new UsageError("policy.unsafe", `the policy file is not believed: ${checked} can be changed by others`, {
        subject: path,
        advice: "it and its folder must belong to root or to you and be writable by nobody else",
      });
    }
  }
}

/**
 * The host's policy. It decides what an estate may run or read, so it must not be part of one: a policy below `root` is refused, and so is one that others
 * may write. UsageError `policy.…`, exit code 2. A policy named by RACKHAND_POLICY must exist.
 */
export async function loadPolicy(env: NodeJS.ProcessEnv, root: string): Promise<PolicyFile> {
  const { path, named } = chosenPath(env);
  if (!statSync(path, { throwIfNoEntry: false })) {
    if (named)
      throw new UsageError("policy.missing", "RACKHAND_POLICY names it, but there is no such file", { subject: path });
    return open;
  }
  const real = realpathSync(path);
  if (isBelow(real, realpathSync(root))) {
    throw new UsageError(
      "policy.inside-estate",
      "a policy inside the estate would let the estate allow itself anything",
      { subject: path },
    );
  }
  refuseUnsafe(real);
  const { readPolicy } = await import("./policy-file.ts");
  return readPolicy(real);
}
