import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startFleet, type Fleet } from "../test/support/fleetsim.ts";
import { measure, median, times, type Cost } from "./lib/measure.ts";
import { print, row, type Row } from "./lib/report.ts";

interface Cold extends Cost {
  answers: number;
  lastAnswer: number;
  lastSilence: number;
}
interface Kept {
  rounds: { cpu: number; wall: number; answers: number }[];
  grown: number;
}

/** Cold runs print the one half, kept sessions the other. */
interface Result extends Cold, Kept {}

function isResult(value: unknown): value is Result {
  return typeof value === "object" && value !== null && ("answers" in value || "rounds" in value);
}

const worker = join(import.meta.dirname, "lib/ipmi-worker.ts");
let source = "";

async function ours(fleet: Fleet, polls: number): Promise<Result> {
  const child = spawn(process.execPath, [worker, fleet.targetsFile, String(polls)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(child, "close");
  const result: unknown = JSON.parse(text);
  if (!isResult(result)) throw new Error(`the worker printed ${text}`);
  return result;
}

function all(answers: number, expected: number, who: string): void {
  if (answers !== expected) throw new Error(`${who}: ${answers} answers of ${expected}`);
}

const answered = (stdout: string) => stdout.split("\n").filter((line) => /(: |is )(on|off)$/.test(line)).length;

async function ipmipower(fleet: Fleet, fanout: number, expected: number) {
  const result = await measure(["bash", join(source, "peer-ipmipower.sh"), fleet.targetsFile, String(fanout), "17"]);
  all(answered(result.stdout), expected, "ipmipower");
  return result;
}

async function ipmitool(fleet: Fleet, expected: number) {
  const result = await measure(["bash", join(source, "peer-ipmitool.sh"), fleet.targetsFile, "32", "17"]);
  all(answered(result.stdout), expected, "ipmitool");
  return result;
}

/** Our runs, all of which must have every answer. */
async function cold(fleet: Fleet, runs: number, expected: number): Promise<Cold> {
  const results = await times(runs, () => ours(fleet, 0));
  for (const { answers } of results) all(answers, expected, "rackhand");
  return median(results);
}

/** The steady state of a daemon: the first rounds, in which the code is still being compiled, are left out. */
async function steady(fleet: Fleet, expected: number) {
  const { rounds, grown } = await ours(fleet, 12);
  for (const { answers } of rounds) all(answers, expected, "rackhand");
  return { ...median(rounds.slice(3)), grown };
}

async function five(rows: Row[]): Promise<void> {
  await using fleet = await startFleet(source, 500, "127.164.0.1");
  const peer = median(await times(5, () => ipmipower(fleet, 0, 500)));
  const daemon = await steady(fleet, 500);
  const tool = await ipmitool(fleet, 500);
  rows.push(row("500, sessions kept: CPU, to ipmipower", daemon.cpu, peer.cpu, 1 / 3));
  rows.push(row("500, sessions kept: time, to ipmipower", daemon.wall, peer.wall, 1 / 3));
  rows.push(row("500, sessions kept: CPU, to ipmitool ×32", daemon.cpu, tool.cpu, 1 / 200));
  const first = await cold(fleet, 5, 500);
  rows.push(row("500, cold, process start apart: CPU, to ipmipower", first.cpu, peer.cpu, 0.9));
}

async function troubled(rows: Row[]): Promise<void> {
  await using some = await startFleet(source, 500, "127.166.0.1", ["--dead-every", "20"]);
  const dead = await cold(some, 1, 475);
  rows.push(row("5 % silent: last live answer, to 1 s", dead.lastAnswer, 1000, 1));
  rows.push(row("5 % silent: silence shown, to 2 s", dead.lastSilence, 2000, 1));
  await using lossy = await startFleet(source, 500, "127.168.0.1", ["--loss-permille", "20"]);
  const lost = median(await times(3, () => ipmipower(lossy, 0, 500)));
  rows.push(row("2 % loss: time, to ipmipower", (await cold(lossy, 3, 500)).wall, lost.wall, 0.5));
  await using slow = await startFleet(source, 500, "127.170.0.1", ["--delay-ms", "20"]);
  const late = median(await times(3, () => ipmipower(slow, 0, 500)));
  rows.push(row("answers 20 ms late: time, to ipmipower", (await cold(slow, 3, 500)).wall, late.wall, 1));
}

async function many(rows: Row[]): Promise<void> {
  await using fleet = await startFleet(source, 5000, "127.172.0.1");
  const peer = await ipmipower(fleet, 64, 5000);
  const daemon = await steady(fleet, 5000);
  rows.push(row("5,000, sessions kept: CPU, to ipmipower -F 64", daemon.cpu, peer.cpu, 0.5));
  rows.push(row("5,000, sessions kept: time, to ipmipower -F 64", daemon.wall, peer.wall, 0.5));
  rows.push(row("5,000, sessions kept: memory above idle, to 150 MB", daemon.grown, 150, 1, "MB"));
}

/** Power of many BMCs: us, FreeIPMI's ipmipower and ipmitool on the same fleet in the same run. A missing answer throws. */
export async function ipmiStatus(fleetsim: string): Promise<boolean> {
  source = fleetsim;
  const rows: Row[] = [];
  await five(rows);
  await troubled(rows);
  await many(rows);
  return print("IPMI: power status of a fleet", rows);
}
