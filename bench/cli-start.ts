import { writeFileSync } from "node:fs";
import path from "node:path";
import { canary, simEstate } from "../test/support/sim-estate.ts";
import { root } from "../test/support/shared.ts";
import { median, measure, times, type Cost } from "./lib/measure.ts";
import { print, row } from "./lib/report.ts";

const rounds = 15;
const many = 2000;

/** What it costs to start the command line, measured on bin/rackhand itself with a warm compile cache; the peer is the same Node with an empty program. */
export async function cliStart(): Promise<boolean> {
  await using one = await simEstate([{ name: "m", server: { power: "on" } }]);
  await using big = await simEstate([{ name: "m", server: { power: "on" } }]);
  writeFileSync(path.join(big.estate, "more.yaml"), documents());
  const empty = path.join(one.dir, "empty.mjs");
  writeFileSync(empty, "");

  const bare = await cost([process.execPath, empty], "");
  const version = await cost(rackhand(one.state, one.estate, "--version"), "0.");
  const status = await cost(rackhand(one.state, one.estate, "power", "m", "status"), "m: on");
  const amongMany = await cost(rackhand(big.state, big.estate, "power", "m", "status"), "m: on");
  return print("start of the command line (CPU)", [
    row("--version / bare node", version.cpu, bare.cpu, 2),
    row("power M status / bare node", status.cpu, bare.cpu, 5),
    row(`what ${many} machines in the estate add / 100 ms`, Math.max(0, amongMany.cpu - status.cpu), 100, 1),
  ]);
}

function rackhand(state: string, estate: string, ...words: string[]): string[] {
  const env = [
    `RACKHAND_STATE=${state}`,
    `RACKHAND_ESTATE=${estate}`,
    "SIM_BMC_USER=admin",
    `SIM_BMC_PASSWORD=${canary}`,
  ];
  return ["env", ...env, path.join(root, "bin/rackhand"), ...words];
}

/** The median of some runs after one that fills the caches. An answer that is not there is an error. */
async function cost(command: readonly string[], answer: string): Promise<Cost> {
  await measure(command);
  const runs = await times(rounds, () => measure(command));
  for (const { stdout } of runs)
    if (!stdout.includes(answer)) throw new Error(`${command.at(-1)} did not answer: ${stdout}`);
  return median(runs);
}

function documents(): string {
  const machines = Array.from(
    { length: many },
    (_, n) => `kind: Machine
name: other${n}
bmc: { address: 192.0.2.${(n % 250) + 1}, credentials: sim }
probes: { ready: { tcp: other${n}.example.net:22, within: 180s } }
jobs: { pull: { schedule: '0 3 * * *', command: [pyznap, send], after: stop } }
`,
  );
  return machines.join("---\n");
}
