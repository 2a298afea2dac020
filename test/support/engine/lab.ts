import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seconds } from "#base/units.ts";
import type { Engine, EngineOptions } from "#engine/engine.ts";
import { startEngine } from "#engine/start.ts";
import { type Database, openDatabase } from "#store/database.ts";
import { traces, World } from "./workflows.ts";

/** A process with an engine of its own. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  lines(): string[];
  /** Resolves with the first line that matches; rejects when the process ends without it. */
  says(pattern: RegExp): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
}

/** A state directory with its embedded database, a world, and engines in it. */
export interface EngineLab extends AsyncDisposable {
  readonly stateDir: string;
  readonly world: World;
  readonly database: Database;
  /** The engine of this process; only one may execute at a time. */
  engine(options?: Partial<EngineOptions>): Promise<Engine>;
  child(workflow: string, input: object, ttl?: number, machine?: string): Child;
  /** Opens a door of the workflows `gated` and `press`. */
  open(door: string): void;
  /** Kills PostgreSQL as kill -9 does; its supervisor starts it again. */
  killPostgres(): void;
}

export async function openLab(): Promise<EngineLab> {
  const dir = mkdtempSync(path.join(tmpdir(), "rh-engine-"));
  const stateDir = path.join(dir, "state");
  const world = new World(dir);
  const database = await openDatabase({ stateDir, linger: seconds(1) });
  const children = new Set<ChildProcess>();
  return {
    stateDir,
    world,
    database,
    engine: (options) => startEngine({ database, stateDir, workflows: traces(world), ...options }),
    child: (...how) => startChild(children, stateDir, dir, ...how),
    open: (door) => writeFileSync(path.join(dir, door), ""),
    killPostgres: () => {
      const pid = Number(
        readFileSync(path.join(stateDir, "pg", "18", "data", "postmaster.pid"), "utf8").split("\n")[0],
      );
      process.kill(pid, "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill("SIGKILL");
      await database[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function startChild(
  children: Set<ChildProcess>,
  stateDir: string,
  dir: string,
  workflow: string,
  input: object,
  ttl = 10_000,
  machine = "m1",
): Child {
  const program = path.join(import.meta.dirname, "child.ts");
  const args = [program, stateDir, dir, workflow, JSON.stringify(input), String(ttl), machine];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let text = "";
  let complaints = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaints += chunk;
  });
  const ended = once(child, "close").then(() => {
    children.delete(child);
    return child.exitCode ?? child.signalCode;
  });
  const lines = () => text.split("\n").filter(Boolean);
  return {
    process: child,
    ended,
    lines,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = lines().find((each) => pattern.test(each));
          if (line === undefined) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`ended before ${String(pattern)}:\n${text}\n${complaints}`)));
      }),
    kill: (signal = "SIGKILL") => void child.kill(signal),
  };
}
