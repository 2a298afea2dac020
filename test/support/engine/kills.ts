import { expect } from "vitest";
import type { EngineLab } from "./lab.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Kills the process that executes a run, again and again at any moment; each time the next one adopts it. Shows that nothing acknowledged is lost or done again, no
 * once-step happens twice, the hold is taken and given back, and the result is right.
 */
export async function surviveProcessKills(lab: EngineLab, kills: number): Promise<void> {
  const rungs = kills * 3;
  const input = { rungs, pace: 60 };
  const acknowledged = new Map<number, number>();
  for (let kill = 0; kill < kills; kill++) {
    const child = lab.child("ladder", input);
    const said = await child.says(/^how/);
    expect(said).toMatch(kill === 0 ? /how started/ : /how (started|adopted)/);
    await child.says(kill % 2 === 0 ? /^step Rung \d+ done/ : /^step/);
    await sleep(Math.random() * 400);
    child.kill();
    await child.ended;
    for (const line of child.lines()) {
      const [, n] = /^step Rung (\d+) done/.exec(line) ?? [];
      if (n !== undefined && !acknowledged.has(Number(n))) acknowledged.set(Number(n), lab.world.count(`rung ${n}`));
    }
  }
  const last = lab.child("ladder", input);
  const sum = (rungs * (rungs - 1)) / 2;
  await last.says(new RegExp(`end done ${sum}`));
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const [n, count] of acknowledged)
    expect(lab.world.count(`rung ${n}`), `rung ${n} after its end was known`).toBe(count);
  for (let n = 1; n < rungs; n += 2) expect(lab.world.count(`rung ${n}`), `once-step ${n}`).toBe(1);
  for (let n = 0; n < rungs; n += 2) expect(lab.world.count(`rung ${n}`)).toBeGreaterThan(0);
  expect(lab.world.all().at(-1)).toBe("give back long");
}

/** Kills PostgreSQL under a run; the process must live through it, and do nothing twice. */
export async function survivePostgresKills(lab: EngineLab, kills: number): Promise<void> {
  const rungs = kills * 6;
  const child = lab.child("ladder", { rungs, pace: 150 });
  for (let kill = 0; kill < kills; kill++) {
    const before = doneRungs(child.lines());
    while (doneRungs(child.lines()) < before + 2) await sleep(20);
    await sleep(Math.random() * 200);
    lab.killPostgres();
  }
  await child.says(new RegExp(`end done ${(rungs * (rungs - 1)) / 2}`));
  expect(child.lines().filter((line) => line.startsWith("how"))).toHaveLength(1);
  for (let n = 0; n < rungs; n++) expect(lab.world.count(`rung ${n}`), `rung ${n}`).toBe(1);
  expect(lab.world.count("take")).toBe(1);
  expect(lab.world.count("give back long")).toBe(1);
}

const doneRungs = (lines: readonly string[]) => new Set(lines.filter((line) => /^step Rung \d+ done/.test(line))).size;
