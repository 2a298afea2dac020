import { scaledClock } from "#base/clock.ts";
import { minutes, seconds } from "#base/units.ts";
import { openApp } from "#app/open.ts";
import { expect, it } from "vitest";
import { canary, simEstate } from "../support/sim-estate.ts";

/** Twenty minutes of the simulated world are one of ours. */
const speed = 20;

it("does not reset a server in its six minutes of POST when nobody said how long it may take", async () => {
  const clock = scaledClock(speed);
  await using lab = await simEstate([
    { name: "big", clock, server: { post: minutes(6), boot: seconds(40) }, ready: "{ tcp: SERVICE, every: 10s }" },
  ]);
  await using app = openApp({
    estate: lab.estate,
    state: lab.state,
    env: { ...process.env, SIM_BMC_USER: "admin", SIM_BMC_PASSWORD: canary },
    clock,
  });
  const run = await (await app.begin("wake", "big", {})).ended();
  expect(run.error).toBeUndefined();
  expect(run.result).toMatchObject({ tries: [{ n: 1, action: "on", endedBy: "ready" }] });
  expect(lab.machine("big").server.powerCounts).toMatchObject({ on: 1, reset: 0, cycle: 0, off: 0 });
  expect((run.result as { seconds: number }).seconds).toBeGreaterThan(6 * 60);
}, 120_000);
