import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seconds } from "#base/units.ts";
import type { RunRecord } from "#engine/engine.ts";
import { startEngine } from "#engine/start.ts";
import { backup, restore } from "#store/backup.ts";
import { type Database, openDatabase } from "#store/database.ts";
import { type EngineLab, openLab } from "../support/engine/lab.ts";
import { otherPostgresPrograms, startOtherPostgres } from "../support/engine/other-postgres.ts";
import { freeTcpPort } from "../support/ipmi-sim.ts";
import { needs } from "../support/needs.ts";

let lab: EngineLab;
let dir: string;
let file: string;

beforeEach(async () => {
  lab = await openLab();
  dir = mkdtempSync(path.join(tmpdir(), "rh-backup-"));
  file = path.join(dir, "backup.gz");
});
afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** One run that is done and one that nobody executes any more. */
async function someRuns(): Promise<RunRecord[]> {
  await using engine = await lab.engine();
  const wish = { machine: "m1", claims: [], who: 'O"Brien \\ ü' };
  await (await engine.start("ladder", { rungs: 2, pace: 1 }, wish)).ended();
  const open = await engine.start("gated", { door: "door" }, { ...wish, machine: "m2" });
  while (lab.world.count("before") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const runs = await engine.list();
  expect(runs.find(({ id }) => id === open.id)?.state).toBe("running");
  return runs;
}

function open(name: string): Promise<Database> {
  return openDatabase({ stateDir: path.join(dir, name), linger: seconds(1) });
}

/** What a database holds, as far as people see it; a run goes on in it where it stood still. */
async function checkContent(database: Database, before: readonly RunRecord[], name: string): Promise<void> {
  const engine = await startEngine({
    database,
    stateDir: path.join(dir, name),
    workflows: (await import("../support/engine/workflows.ts")).traces(lab.world),
  });
  try {
    const runs = await engine.list();
    const ladder = before.find(({ workflow }) => workflow === "ladder");
    expect(runs.find(({ workflow }) => workflow === "ladder")).toEqual(ladder);
    const [unfinished] = await engine.unfinished();
    expect(unfinished).toMatchObject({ workflow: "gated", who: 'O"Brien \\ ü' });
    lab.open("door");
    const handle = await engine.resume(unfinished?.id ?? "");
    expect(await handle.ended()).toMatchObject({ state: "done", result: "through" });
    expect(lab.world.count("before")).toBe(1);
    expect(lab.world.count("after")).toBe(1);
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}

test("a backup restored into an empty database holds the same runs, and an unfinished one goes on where it stood", async () => {
  const before = await someRuns();
  const saved = await backup(lab.database, file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await using other = await open("other");
  expect(await restore(other, file)).toEqual(saved);
  await checkContent(other, before, "other");
});

test("a backup of one PostgreSQL is restored into another major version, and back again", async () => {
  const programs = otherPostgresPrograms();
  if (programs === undefined) return needs("postgres");
  await using server = await startOtherPostgres(programs, await freeTcpPort("127.0.0.1"));
  const before = await someRuns();
  await backup(lab.database, file);
  await using theirs = await openDatabase({ stateDir: path.join(dir, "unused"), url: server.url });
  const { rows } = await theirs.pool.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  expect(rows[0]?.major).toBe(server.major);
  await restore(theirs, file);
  const again = path.join(dir, "again.gz");
  await backup(theirs, again);
  await using ours = await open("ours");
  await restore(ours, again);
  await checkContent(ours, before, "ours");
  // The same record in theirs, untouched by what ours did since.
  const engine = await startEngine({ database: theirs, stateDir: dir, workflows: [] });
  expect((await engine.unfinished()).map(({ workflow }) => workflow)).toEqual(["gated"]);
  await engine[Symbol.asyncDispose]();
});

test("a database that holds runs is replaced only when told", async () => {
  await someRuns();
  await backup(lab.database, file);
  await expect(restore(lab.database, file)).rejects.toMatchObject({ code: "database.not-empty", exitCode: 4 });
  expect(await restore(lab.database, file, { replace: true })).toMatchObject({ tables: expect.any(Number) as number });
});

test("a database in use is not replaced", async () => {
  await someRuns();
  await backup(lab.database, file);
  const child = lab.child("ladder", { rungs: 100, pace: 100 });
  await child.says(/step Rung 0/);
  await expect(restore(lab.database, file, { replace: true })).rejects.toMatchObject({ code: "database.in-use" });
});

test("a broken backup changes nothing and is said to be broken", async () => {
  const before = await someRuns();
  await backup(lab.database, file);
  const text = gunzipSync(readFileSync(file)).toString();
  const lines = text.split("\n");
  const row = lines.findIndex((line) => line.startsWith("{"));
  const broken: Record<string, Buffer> = {
    "cut off": gzipSync(lines.slice(0, -3).join("\n")),
    "cut off within the gzip": readFileSync(file).subarray(0, 2000),
    "a row less": gzipSync(lines.toSpliced(row, 1).join("\n")),
    "something else": gzipSync("hello\n"),
    "no gzip": Buffer.from("hello"),
  };
  for (const [name, bytes] of Object.entries(broken)) {
    const bad = path.join(dir, name);
    writeFileSync(bad, bytes);
    await expect(restore(lab.database, bad, { replace: true }), name).rejects.toMatchObject({ code: "backup.broken" });
  }
  await expect(restore(lab.database, path.join(dir, "absent"), { replace: true })).rejects.toMatchObject({
    code: "backup.unreadable",
  });
  await using engine = await lab.engine();
  expect((await engine.list()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});
