import { mkdir, readdir, readFile, stat, access, constants } from "node:fs/promises";
import path from "node:path";
import { UsageError } from "#base/errors.ts";

/** Where one embedded server lives. Only `data` and `sockets` belong to the user that PostgreSQL runs as. */
export interface Places {
  readonly stateDir: string;
  /** `STATE/pg`. */
  readonly root: string;
  readonly major: number;
  /** Folder of PostgreSQL's socket; also its home. */
  readonly sockets: string;
  readonly data: string;
  /** The supervisor's socket: a client is who holds a connection to it. */
  readonly control: string;
  readonly log: string;
  /** Holds the random name of the lock that keeps a second supervisor away. */
  readonly lockName: string;
}

/** Linux: `sun_path` holds 108 bytes with the closing zero. */
const longestSocketPath = 107;
const postgresSocket = ".s.PGSQL.5432";

export function placesOf(stateDir: string, major: number): Places {
  const root = path.join(path.resolve(stateDir), "pg");
  const sockets = path.join(root, String(major));
  return {
    stateDir: path.resolve(stateDir),
    root,
    major,
    sockets,
    data: path.join(sockets, "data"),
    control: path.join(root, `${major}.sock`),
    log: path.join(root, `${major}.log`),
    lockName: path.join(root, `${major}.lock`),
  };
}

/** The folder's connection string for a database. */
export function urlOf(places: Places, database: string): string {
  return `postgresql://rackhand@localhost/${database}?host=${encodeURIComponent(places.sockets)}`;
}

/** Makes the folders. Throws UsageError `state.path-too-long`, `state.not-writable`, `database.other-major`. */
export async function preparePlaces(places: Places): Promise<void> {
  const length = Buffer.byteLength(path.join(places.sockets, postgresSocket));
  if (length > longestSocketPath) throw tooLong(places, length - longestSocketPath);
  try {
    await mkdir(places.root, { recursive: true, mode: 0o711 });
    await access(places.root, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw notWritable(places.stateDir, cause);
  }
  await refuseOtherMajor(places);
}

async function refuseOtherMajor(places: Places): Promise<void> {
  if (await exists(places.data)) return;
  for (const name of await readdir(places.root)) {
    const found = await readFile(path.join(places.root, name, "data", "PG_VERSION"), "utf8").catch(() => undefined);
    if (found !== undefined && Number(found) !== places.major) throw otherMajor(places, found.trim());
  }
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function tooLong({ stateDir }: Places, over: number): UsageError {
  return new UsageError("state.path-too-long", `the path is ${over} bytes too long for the database's socket`, {
    subject: stateDir,
    advice: "choose a shorter state directory with --state or RACKHAND_STATE; a socket's path may have 107 bytes",
  });
}

export function notWritable(stateDir: string, cause: unknown): UsageError {
  const why = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
  return new UsageError("state.not-writable", `the state directory cannot be written${why}`, {
    subject: stateDir,
    advice: "give it to this user, or choose another with --state or RACKHAND_STATE",
    cause,
  });
}

function otherMajor({ stateDir, major, root }: Places, found: string): UsageError {
  return new UsageError("database.other-major", `holds data of PostgreSQL ${found}, this rackhand brings ${major}`, {
    subject: stateDir,
    advice:
      `run 'rackhand backup FILE' with the rackhand that wrote it, move ${path.join(root, found)} away, ` +
      `then run 'rackhand restore FILE' with this one`,
  });
}
