import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type SimEstate, quick, simEstate } from "./sim-estate.ts";

/** The same pauses for the same seed. */
function pauses(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 300 + (state / 2 ** 32) * 5_000;
  };
}

/** Flaky machines, and a job that leaves a line each time it is done. A machine stands no more than a day's power actions, so each gets a few kills only. */
async function reluctantLab(machines: number) {
  const names = Array.from({ length: machines }, (_, n) => `m${n}`);
  const flaky = { ...quick, flaky: { succeedEvery: 2 } };
  const lab = await simEstate(
    names.map((name) => ({ name, server: flaky })),
    { within: "3s" },
  );
  const done = (name: string) => path.join(lab.dir, `${name}.done`);
  const job = (name: string) => ["run", name, "--", "sh", "-c", `sleep 1; echo once >>'${done(name)}'`];
  const lines = (name: string) =>
    existsSync(done(name)) ? readFileSync(done(name), "utf8").trim().split("\n").length : 0;
  return { lab, names, job, lines };
}

const killsPerMachine = 5;

/**
 * Kills `kills` processes of `rackhand run` at any moment; whoever comes next goes on. Each run that began ends, with its job done once, one power-on, at most
 * one reset per failed boot, the power given back, and no session left in the BMC.
 */
export async function surviveKills(kills: number, seed: number): Promise<void> {
  const { lab, names, job, lines } = await reluctantLab(Math.ceil(kills / killsPerMachine));
  await using _ = lab;
  const pause = pauses(seed);
  for (const name of names) {
    const ended = await killAndGoOn(lab, job(name), pause);
    const { server: machine, bmc } = lab.machine(name);
    const { on, off, cycle, reset } = machine.powerCounts;
    expect({ jobs: lines(name), on, off, cycle }).toEqual({ jobs: ended, on: ended, off: 0, cycle: 0 });
    expect(reset).toBeLessThanOrEqual(ended + killsPerMachine);
    expect(machine.power).toBe("off");
    expect(bmc.openSessions).toHaveLength(0);
  }
}

/** Gives how many runs came to their end. */
async function killAndGoOn(lab: SimEstate, job: readonly string[], pause: () => number): Promise<number> {
  let ended = 0;
  for (let killed = 0; killed < killsPerMachine;) {
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
  const { lines } = await lab.json(["runs", "list", "--only", "unfinished"]);
  if (!lines.some((line) => line["type"] === "row")) return ended;
  expect(await lab.run(job)).toMatchObject({ code: 0 });
  return ended + 1;
}

/** Kills PostgreSQL `kills` times under a `rackhand run`, which goes on as if nothing had happened. */
export async function survivePostgresKills(kills: number): Promise<void> {
  const { lab, names, job, lines } = await reluctantLab(Math.ceil(kills / 2));
  await using _ = lab;
  for (const name of names) {
    const running = lab.start(job(name));
    await running.shows(/Wait until it is ready/);
    for (let n = 0; n < 2; n++) {
      process.kill(postmaster(lab.state), "SIGKILL");
      await sleep(2_000);
    }
    expect(await running.ended).toMatchObject({ code: 0 });
    const { server: machine, bmc } = lab.machine(name);
    expect({ jobs: lines(name), on: machine.powerCounts.on, off: machine.powerCounts.off }).toEqual({
      jobs: 1,
      on: 1,
      off: 0,
    });
    expect(bmc.openSessions).toHaveLength(0);
  }
}

function postmaster(state: string): number {
  return Number(readFileSync(path.join(state, "pg", "18", "data", "postmaster.pid"), "utf8").split("\n")[0]);
}
