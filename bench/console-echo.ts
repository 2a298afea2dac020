import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { startFleet } from "../test/support/fleetsim.ts";
import { sit } from "../test/support/serial.ts";
import { print, row } from "./lib/report.ts";

const strokes = 200;

/** From a key to its echo over SOL, one key at a time, suite 17: ours beside ipmiconsole's on a pseudo terminal, against the same independent BMC. */
export async function consoleEcho(fleetsim: string): Promise<boolean> {
  await using fleet = await startFleet(fleetsim, 2, "127.41.12.1", ["--port", "7631"]);
  const [one, two] = fleet.targets;
  if (!one || !two) throw new Error("fleetsim gave no target");
  const ours = await echoOfOurs(one.host, one.port);
  const peer = await echoOfIpmiconsole(fleetsim, `${two.host}:${two.port}`);
  return print("console: a key's echo over SOL (median)", [
    row("echo / ipmiconsole's", ours, peer, 2),
    row("echo / 1 ms", ours, 1, 1),
  ]);
}

async function echoOfOurs(address: string, port: number): Promise<number> {
  const target = { address, port, username: "admin", password: new Secret("secret"), cipherSuites: [17] };
  await using at = await sit(target, systemClock);
  const took: number[] = [];
  for (let n = 0; n < strokes; n++) {
    const before = at.text().length;
    const begun = performance.now();
    await at.type(String.fromCharCode(97 + (n % 26)));
    while (at.text().length <= before) {
      if (performance.now() - begun > 2000) throw new Error(`key ${n} was not echoed`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    took.push(performance.now() - begun);
  }
  return took.toSorted((a, b) => a - b)[strokes / 2] ?? Infinity;
}

async function echoOfIpmiconsole(fleetsim: string, target: string): Promise<number> {
  const script = join(fleetsim, "sol-bench.py");
  const { stdout } = await promisify(execFile)("python3", [script, "echo", "ipmiconsole", target, "3", "17"], {
    timeout: 60_000,
  });
  const [, keys, lost, median] = /n=(\d+) lost=(\d+) median=([\d.]+)ms/.exec(stdout) ?? [];
  if (keys !== String(strokes) || lost !== "0") throw new Error(`ipmiconsole missed an answer: ${stdout}`);
  return Number(median);
}
