import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { openLedger } from "./ledger.ts";

const dirs: string[] = [];
afterEach(() => dirs.splice(0).forEach((dir) => rmSync(dir, { recursive: true, force: true })));

function state(): string {
  const dir = mkdtempSync(path.join(tmpdir(), "rackhand-ledger-"));
  dirs.push(dir);
  return dir;
}

/** No process has this one: above the kernel's highest. */
const gone = 4_194_999;
const bmc = "192.0.2.10:623";
const logs = (dir: string) => readdirSync(path.join(dir, "sessions")).filter((name) => name.endsWith(".log"));

test("what a process that is gone left open is told, until it is forgotten", () => {
  const dir = state();
  const dead = openLedger(dir, { pid: gone });
  dead.opened(bmc, 17);
  dead.opened(bmc, 18);
  dead.closed(bmc, 17);
  dead.opened("192.0.2.11:623", 99);
  const orphans = openLedger(dir).orphans(bmc);
  expect(orphans.map(({ sessionId }) => sessionId)).toEqual([18]);
  orphans[0]?.forget();
  expect(openLedger(dir).orphans(bmc)).toEqual([]);
  openLedger(dir).orphans("192.0.2.11:623")[0]?.forget();
  expect(logs(dir)).toEqual([]);
});

test("what a living process has open is nobody else's business", () => {
  const dir = state();
  openLedger(dir).opened(bmc, 17);
  expect(openLedger(dir).orphans(bmc)).toEqual([]);
});

test("a process that closed everything leaves no file", () => {
  const dir = state();
  const ledger = openLedger(dir);
  ledger.opened(bmc, 17);
  ledger.closed(bmc, 17);
  expect(logs(dir)).toEqual([]);
});

test("what is older than any BMC keeps a session may be somebody else's by now: it is forgotten, not closed", () => {
  const dir = state();
  openLedger(dir, { pid: gone }).opened(bmc, 17);
  const old = Date.now() / 1000 - 600;
  for (const name of logs(dir)) utimesSync(path.join(dir, "sessions", name), old, old);
  expect(openLedger(dir).orphans(bmc)).toEqual([]);
  expect(logs(dir)).toEqual([]);
});

test("a line that was cut off by the kill, and lines that are nonsense, say nothing", () => {
  const dir = state();
  openLedger(dir, { pid: gone }).opened(bmc, 17);
  const file = path.join(dir, "sessions", logs(dir)[0] ?? "");
  appendFileSync(file, `nonsense\nopen ${bmc} x\nopen ${bmc} 1`);
  expect(
    openLedger(dir)
      .orphans(bmc)
      .map(({ sessionId }) => sessionId),
  ).toEqual([17]);
});

test("files of others in the folder are left alone", () => {
  const dir = state();
  mkdirSync(path.join(dir, "sessions"));
  appendFileSync(path.join(dir, "sessions", "notes.txt"), "mine");
  expect(openLedger(dir).orphans(bmc)).toEqual([]);
  expect(readFileSync(path.join(dir, "sessions", "notes.txt"), "utf8")).toBe("mine");
});

test("where nothing can be written it keeps nothing and says nothing", () => {
  const dir = path.join(state(), "file");
  appendFileSync(dir, "");
  const ledger = openLedger(dir);
  ledger.opened(bmc, 17);
  ledger.used(bmc);
  ledger.commanded(bmc);
  expect([ledger.orphans(bmc), ledger.lastCommand(bmc), existsSync(path.join(dir, "sessions"))]).toEqual([
    [],
    0,
    false,
  ]);
});
