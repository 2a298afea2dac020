import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seconds } from "#base/units.ts";
import { expect } from "vitest";
import { simEstate, type SimEstate } from "./sim-estate.ts";

const server = {
  relay: seconds(0.05),
  offTime: seconds(0.2),
  post: seconds(0.4),
  boot: seconds(0.4),
  shutdown: seconds(0.5),
};

/** The same pauses for the same seed. */
function pauses(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 300 + (state / 2 ** 32) * 5_000;
  };
}

/** A flaky machine, and a job that leaves a line each time it is done. */
async function reluctantLab() {
  const lab = await simEstate([{ name: "m", server: { ...server, flaky: { succeedEvery: 2 } } }], { within: "3s" });
  const done = path.join(lab.dir, "done");
  const job = ["run", "m", "--", "sh", "-c", `sleep 1; echo once >>'${done}'`];
  const lines = () => (existsSync(done) ? readFileSync(done, "utf8").trim().split("\n").length : 0);
  return { lab, job, lines };
}

/**
 * Kills `kills` processes of `rackhand run` at any moment; whoever comes next goes on. Each run that began ends, with its job done once, one power-on, at most
 * one reset per failed boot, the power given back, and no session left in the BMC.
 */
export async function surviveKills(kills: number, seed: number): Promise<void> {
  const { lab, job, lines } = await reluctantLab();
  await using _ = lab;
  const pause = pauses(seed);
  let ended = 0;
  for (let killed = 0; killed < kills;) {
    const running = lab.start(job);
    const first = await Promise.race([running.ended, sleep(pause()).then(() => "alive" as const)]);
    if (first === "alive") {
      running.kill("SIGKILL");
      await running.ended;
      killed += 1;
    } else {
      expect(first).toMatchObject({ code: 0 });
      ended += 1;
    }
  }
  if ((await unfinished(lab)) > 0) {
    expect(await lab.run(job)).toMatchObject({ code: 0 });
    ended += 1;
  }
  const { powerCounts, power } = lab.machine("m").server;
  expect({ jobs: lines(), on: powerCounts.on, off: powerCounts.off, cycle: powerCounts.cycle }).toEqual({
    jobs: ended,
    on: ended,
    off: 0,
    cycle: 0,
  });
  expect(powerCounts.reset).toBeLessThanOrEqual(ended + kills);
  expect(power).toBe("off");
  expect(lab.machine("m").bmc.openSessions).toHaveLength(0);
}

async function unfinished(lab: SimEstate): Promise<number> {
  const { lines } = await lab.json(["runs", "list", "--only", "unfinished"]);
  return lines.filter((line) => line["type"] === "row").length;
}

/** Kills PostgreSQL `kills` times under a `rackhand run`, which goes on as if nothing had happened. */
export async function survivePostgresKills(kills: number): Promise<void> {
  const { lab, job, lines } = await reluctantLab();
  await using _ = lab;
  for (let killed = 0, runs = 1; killed < kills; runs++) {
    const running = lab.start(job);
    await running.shows(/Wait until it is ready/);
    for (let n = 0; n < 2 && killed < kills; n++, killed++) {
      process.kill(postmaster(lab.state), "SIGKILL");
      await sleep(2_000);
    }
    expect(await running.ended).toMatchObject({ code: 0 });
    const { powerCounts } = lab.machine("m").server;
    expect({ jobs: lines(), on: powerCounts.on, off: powerCounts.off }).toEqual({ jobs: runs, on: runs, off: 0 });
    expect(lab.machine("m").bmc.openSessions).toHaveLength(0);
  }
}

function postmaster(state: string): number {
  return Number(readFileSync(path.join(state, "pg", "18", "data", "postmaster.pid"), "utf8").split("\n")[0]);
}
