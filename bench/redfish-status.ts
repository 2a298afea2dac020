import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, median, times } from "./lib/measure.ts";
import { print, row } from "./lib/report.ts";

const lib = join(import.meta.dirname, "lib");
const many = 500;
const rounds = 10;
/** sushy opens its BMCs one after the other; this many tell as much per BMC. */
const few = 50;

interface Result {
  opening: number;
  cpu: number;
  answers: number;
}

function isResult(value: unknown): value is Result {
  return typeof value === "object" && value !== null && "cpu" in value && "opening" in value && "answers" in value;
}

/** Power of BMCs over Redfish, TLS and all, in CPU per answer: sessions kept, against OpenStack's sushy and against curl that keeps its connection. */
export async function redfishStatus(): Promise<boolean> {
  const server = spawn(process.execPath, [join(lib, "redfish-bmcs-worker.ts")], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [chunk] = (await once(server.stdout, "data")) as [Buffer];
    const port = chunk.toString().trim();
    const ours = await kept(
      [process.execPath, join(lib, "redfish-worker.ts"), port, String(many), String(rounds)],
      many,
    );
    const sushy = await kept(["/usr/bin/python3", join(lib, "peer-sushy.py"), port, String(few), String(rounds)], few);
    const curl = await curlKept(port);
    const single = await measure(["curl", ...quiet, `https://127.0.0.1:${port}/redfish/v1/Systems/1`]);
    return print(`Redfish: power of ${many} BMCs, sessions kept (CPU per answer)`, [
      row("kept / sushy, kept", ours.cpu, sushy.cpu, 1 / 3),
      row("kept / curl (C) on one connection, nothing parsed", ours.cpu, curl, 4),
      row("kept / a curl for each", ours.cpu, single.cpu, 1 / 20),
      row("root, log-in and TLS / sushy's", ours.opening, sushy.opening, 1 / 2),
    ]);
  } finally {
    server.stdin.end();
    await once(server, "close");
  }
}

/** CPU per BMC of opening, and per answer afterwards. */
async function kept(command: readonly string[], count: number): Promise<{ cpu: number; opening: number }> {
  const results = await times(3, async () => {
    const { stdout, cpu, wall } = await measure(command);
    const result: unknown = JSON.parse(stdout || "null");
    if (!isResult(result) || result.answers !== count * rounds) throw new Error(`${command[1]} printed '${stdout}'`);
    return { cpu: result.cpu / result.answers, opening: result.opening / count, wall, all: cpu };
  });
  return median(results);
}

const quiet = ["-s", "-k", "-H", "X-Auth-Token: t1"];

/** One curl with a list of addresses on one host keeps its connection; what it costs more for a longer list is what an answer costs. */
async function curlKept(port: string): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "rackhand-bench-"));
  const cpuFor = async (count: number) => {
    const list = join(dir, String(count));
    writeFileSync(list, `url = "https://127.0.0.1:${port}/redfish/v1/Systems/1"\n`.repeat(count));
    const run = median(await times(3, () => measure(["curl", ...quiet, "-K", list])));
    const answers = run.stdout.split('"PowerState":"On"').length - 1;
    if (answers !== count) throw new Error(`curl: ${answers} answers of ${count}`);
    return run.cpu;
  };
  try {
    return ((await cpuFor(many * rounds)) - (await cpuFor(1))) / (many * rounds);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
