import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A state folder of its own, which leaves nothing behind: the supervisor of its database is ended with it. */
export interface TemporaryState extends AsyncDisposable {
  readonly dir: string;
}

/** The supervisors of this state folder's database: processes whose arguments name the folder itself. */
function supervisors(dir: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return args.some((arg) => arg.endsWith("/supervisor.ts")) && args.includes(dir) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Ends the supervisor of a state folder's database, and with it the database; before such a folder is removed. */
export async function endDatabase(dir: string): Promise<void> {
  for (const pid of supervisors(dir)) process.kill(pid, "SIGTERM");
  for (let looks = 0; supervisors(dir).length > 0; looks++) {
    if (looks === 200) throw new Error(`the supervisor of ${dir} does not end`);
    await sleep(25);
  }
}

/** Makes one. Its path is short, because the path of a socket below it may have 107 bytes only. */
export function temporaryState(): TemporaryState {
  const dir = mkdtempSync(join(tmpdir(), "rks-"));
  return {
    dir,
    [Symbol.asyncDispose]: async () => {
      if (existsSync(dir)) await endDatabase(dir);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
