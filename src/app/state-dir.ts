import os from "node:os";
import path from "node:path";

/**
 * The one folder rackhand writes to: `--state`, else `RACKHAND_STATE`, else `/var/lib/rackhand` for root and the XDG state folder for everybody else.
 * Only names it; nothing is created.
 */
export function stateDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env.RACKHAND_STATE;
  if (named) return path.resolve(named);
  if (process.getuid?.() === 0) return "/var/lib/rackhand";
  return path.join(env.XDG_STATE_HOME || path.join(env.HOME ?? os.homedir(), ".local", "state"), "rackhand");
}
