import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A running `fleetsim`: many BMCs of independent make (C, OpenSSL) with suites 3 and 17. User `admin`, password `secret`. */
export interface Fleet extends AsyncDisposable {
  readonly targets: readonly { host: string; port: number }[];
  /** The list of targets as a file of `host:port` lines, which the peer scripts take. */
  readonly targetsFile: string;
  readonly pid: number;
  /** Counters since the start or the last {@link zero}: `open`, `rakp1`, `rakp3`, `setpriv`, `chassis_status`, `chassis_control`, `close`, … */
  counts(): Promise<Record<string, number>>;
  zero(): Promise<void>;
}

/** Builds fleetsim once per version of its source; needs `cc` and `libssl-dev`. */
async function build(source: string): Promise<string> {
  const program = join(source, "fleetsim.c");
  const version = createHash("sha256").update(readFileSync(program)).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `rackhand-fleetsim-${process.getuid?.() ?? 0}`);
  const built = join(folder, `fleetsim-${version}`);
  if (existsSync(built)) return built;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${built}.${process.pid}`;
  await promisify(execFile)("cc", ["-O2", "-w", "-o", fresh, program, "-lcrypto"]);
  renameSync(fresh, built);
  return built;
}

/** Starts `count` BMCs at `base` (127.a.b.c, one address each) on `port`. `options` are fleetsim's own: `--delay-ms 20`. */
export async function startFleet(
  source: string,
  count: number,
  base: string,
  options: readonly string[] = [],
): Promise<Fleet> {
  const program = await build(source);
  const dir = mkdtempSync(join(tmpdir(), "rackhand-fleet-"));
  const targetsFile = join(dir, "targets");
  const stats = join(dir, "stats");
  const args = ["--count", String(count), "--base", base, "--targets", targetsFile, "--stats", stats];
  const child = spawn(program, [...args, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("fleetsim did not start"))),
  ]);
  const targets = readFileSync(targetsFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [host = "", port = "623"] = line.split(":");
      return { host, port: Number(port) };
    });
  return {
    targets,
    targetsFile,
    pid: child.pid ?? 0,
    async counts() {
      rmSync(stats, { force: true });
      child.kill("SIGUSR1");
      for (let tries = 0; tries < 200 && !existsSync(stats); tries++) await sleep(10);
      const counted: Record<string, number> = JSON.parse(readFileSync(stats, "utf8"));
      return counted;
    },
    async zero() {
      child.kill("SIGUSR2");
      await sleep(50);
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
