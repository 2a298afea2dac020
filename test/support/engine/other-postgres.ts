import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";

/** A PostgreSQL that is not ours: the distribution's, of whatever major version. */
export interface OtherPostgres extends AsyncDisposable {
  readonly major: number;
  readonly url: string;
}

/** Its programs, in Debian's place; undefined where it is not installed. */
export function otherPostgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .map((version) => path.join(root, version, "bin"))
    .find((bin) => existsSync(path.join(bin, "postgres")));
}

/** Starts it over TCP on a loopback port of its own, with a password. */
export async function startOtherPostgres(programs: string, port: number): Promise<OtherPostgres> {
  const dir = mkdtempSync(path.join(tmpdir(), "rh-pg-"));
  const data = path.join(dir, "data");
  mkdirSync(data);
  chmodSync(dir, 0o711);
  const { stdout: version } = await promisify(execFile)(path.join(programs, "postgres"), ["--version"]);
  const who = process.getuid?.() === 0 ? await nobody() : undefined;
  for (const own of who ? [dir, data] : []) chownSync(own, who?.uid ?? 0, who?.gid ?? 0);
  const run = promisify(execFile);
  await run(path.join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "somebody", "-E", "UTF8", "--locale=C"], {
    ...who,
    cwd: dir,
  });
  const args = ["-D", data, "-k", dir, "-h", "127.0.0.1", "-p", String(port), "-c", "fsync=off"];
  const child = spawn(path.join(programs, "postgres"), args, { ...who, cwd: dir, stdio: "ignore" });
  const url = `postgresql://somebody@127.0.0.1:${port}/postgres`;
  for (let tries = 0; tries < 200 && !(await answers(url)); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    major: Number(/\d+/.exec(version)?.[0]),
    url,
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, "exit");
      child.kill("SIGINT");
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await promisify(execFile)("id", [flag, "nobody"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
