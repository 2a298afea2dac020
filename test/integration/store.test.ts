import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seconds } from "#base/units.ts";
import { type Database, openDatabase } from "#store/database.ts";
import { needs } from "../support/needs.ts";

let dir: string;
let state: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "rh-store-"));
  chmodSync(dir, 0o755);
  state = path.join(dir, "state");
});
afterEach(async () => {
  await gone(state);
  rmSync(dir, { recursive: true, force: true });
});

const open = (linger = 0.3): Promise<Database> => openDatabase({ stateDir: state, linger: seconds(linger) });

/** The pids of what runs for a state directory: its supervisor and its postmaster. */
function processesOf(stateDir: string, what: RegExp): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const status = readFileSync(`/proc/${pid}/stat`, "utf8");
        return line.includes(stateDir) && what.test(line) && !/\) Z /.test(status);
      } catch {
        return false;
      }
    });
}
const supervisors = () => processesOf(state, /supervisor\.ts/);
const postmasters = () => processesOf(state, /bin\/postgres\0-D/);

async function until(true_: () => boolean): Promise<void> {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 20));
}
async function gone(stateDir: string): Promise<void> {
  await until(() => processesOf(stateDir, /supervisor\.ts|bin\/postgres\0-D/).length === 0);
}

test("the embedded server starts with the first client and ends after the last", async () => {
  const first = await open();
  expect((await first.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  const second = await open();
  await first[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await second.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  expect(supervisors()).toHaveLength(1);
  await second[Symbol.asyncDispose]();
  await gone(state);
  await using third = await open();
  expect((await third.kysely.selectFrom("meta").selectAll().execute())[0]).toEqual({ key: "schema", value: "1" });
});

test("it listens on no network, and only its owner may come near its files", async () => {
  await using database = await open();
  const { rows } = await database.pool.query<{ listen: string; mode: string }>(
    "select current_setting('listen_addresses') as listen, current_setting('unix_socket_permissions') as mode",
  );
  expect(rows).toEqual([{ listen: "", mode: "0700" }]);
  const mode = execFileSync("stat", ["-c", "%a", path.join(state, "pg", "18")], { encoding: "utf8" });
  expect(mode.trim()).toBe("700");
});

test("several that start at once on an empty folder come to one server", async () => {
  const all = await Promise.all([open(), open(), open()]);
  expect(supervisors()).toHaveLength(1);
  expect(postmasters()).toHaveLength(1);
  await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
});

test("a killed server is started again, and the pool comes back to it", async () => {
  await using database = await open();
  await database.pool.query("create table rackhand.kept (n int); insert into rackhand.kept values (7)");
  process.kill(postmasters()[0] ?? NaN, "SIGKILL");
  await until(() => postmasters().length === 0);
  const { throughOutages } = await import("#store/outage.ts");
  const { systemClock } = await import("#base/clock.ts");
  const { rows } = await throughOutages(systemClock, () => database.pool.query("select n from rackhand.kept"));
  expect(rows).toEqual([{ n: 7 }]);
});

test("a killed supervisor is replaced by a client, the server goes on meanwhile, and both end in the end", async () => {
  const database = await open();
  const before = postmasters();
  const [killed = NaN] = supervisors();
  process.kill(killed, "SIGKILL");
  // The killed one may still be seen for a moment.
  await until(() => supervisors().some((pid) => pid !== killed));
  expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  expect(postmasters()).toEqual(before);
  await database[Symbol.asyncDispose]();
  await gone(state);
});

test("the server ends when its folder is removed under it", async () => {
  await using _database = await open(60);
  rmSync(state, { recursive: true, force: true });
  await until(() => postmasters().length === 0);
  await until(() => supervisors().length === 0);
  expect(existsSync(state)).toBe(false);
});

test("a state directory that cannot be written is said to be so", async () => {
  writeFileSync(state, "a file in its place");
  await expect(open()).rejects.toMatchObject({ code: "state.not-writable", exitCode: 2 });
});

test("a path that is too long for a socket is said to be so, with the number of bytes", async () => {
  state = path.join(dir, "x".repeat(100));
  await expect(open()).rejects.toMatchObject({ code: "state.path-too-long" });
});

test("data of another major version is refused, with the way to migrate it", async () => {
  mkdirSync(path.join(state, "pg", "16", "data"), { recursive: true });
  writeFileSync(path.join(state, "pg", "16", "data", "PG_VERSION"), "16\n");
  await expect(open()).rejects.toMatchObject({ code: "database.other-major", exitCode: 2 });
  await expect(open()).rejects.toThrow("holds data of PostgreSQL 16, this rackhand brings 18");
  expect(existsSync(path.join(state, "pg", "18"))).toBe(false);
});

test("a database that a newer rackhand has used is refused", async () => {
  await using database = await open();
  await database.kysely.updateTable("meta").set({ value: "999" }).where("key", "=", "schema").execute();
  await expect(open()).rejects.toMatchObject({ code: "database.newer", exitCode: 2 });
});

test("a database elsewhere that does not answer is unreachable, and its password is not shown", async () => {
  const url = "postgresql://somebody:kanarienvogel@127.0.0.1:1/nowhere";
  const failed = openDatabase({ stateDir: state, url });
  await expect(failed).rejects.toMatchObject({ code: "database.unreachable", exitCode: 3 });
  await expect(failed).rejects.not.toThrow("kanarienvogel");
});

test("it runs as root of a user namespace that knows no other user", async () => {
  needs("unshare");
  const child = path.join(import.meta.dirname, "../support/engine/child.ts");
  const args = [
    "--user",
    "--map-root-user",
    "--net",
    process.execPath,
    child,
    state,
    dir,
    "ladder",
    '{"rungs":1,"pace":1}',
  ];
  const run = spawn("unshare", args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  run.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  run.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => run.once("close", resolve));
  expect(text).toContain("end done 0");
});

test("it runs below a folder that no other user may enter", async () => {
  chmodSync(dir, 0o700);
  await using database = await open();
  expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});
