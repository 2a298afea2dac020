import { afterEach, beforeEach, expect, test } from "vitest";
import type { Engine } from "#engine/engine.ts";
import { openLab, type EngineLab } from "../support/engine/lab.ts";

let lab: EngineLab;
let engine: Engine;

beforeEach(async () => {
  lab = await openLab();
  engine = await lab.engine();
});
afterEach(async () => {
  await engine?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

const wish = { machine: "m1", claims: ["ipmi:m1"], who: "tester" };

test("a run whose process was killed is unfinished, is named to others, and is touched by nobody", async () => {
  const child = lab.child("gated", { door: "never" });
  await child.says(/step Wait at the door running/);
  child.kill();
  await child.ended;
  const other = await engine.start(
    "ladder",
    { rungs: 1, pace: 1 },
    { ...wish, machine: "m2", claims: ["ipmi:192.0.2.2:623"] },
  );
  expect((await other.ended()).state).toBe("done");
  const [left] = await engine.unfinished();
  expect(left).toMatchObject({ workflow: "gated", machine: "m1", state: "unfinished" });
  const refused = engine.start("ladder", { rungs: 1, pace: 1 }, wish);
  await expect(refused).rejects.toMatchObject({ code: "machine.held", exitCode: 4 });
  await expect(refused).rejects.toThrow(`held by the unfinished run ${left?.id}`);
  expect(
    lab.world.all().filter((line) => line !== "take" && !line.startsWith("rung") && !line.startsWith("give")),
  ).toEqual(["before"]);
});

test("the same verb on the same machine adopts it; what was done is not done again", async () => {
  const child = lab.child("gated", { door: "door" });
  await child.says(/step Wait at the door running/);
  child.kill();
  await child.ended;
  const handle = await engine.start("gated", { door: "door" }, wish);
  expect(handle.how).toBe("adopted");
  lab.open("door");
  const run = await handle.ended();
  expect(run).toMatchObject({ state: "done", result: "through", pid: process.pid });
  expect(run.steps.map(({ attempts }) => attempts)).toEqual([1, 2, 1]);
  expect(lab.world.all()).toEqual(["before", "after"]);
});

test("many that start at once on an empty database do not trip over each other", async () => {
  const children = ["a", "b", "c", "d", "d"].map((name) => lab.child("ladder", { rungs: 2, pace: 50 }, 10_000, name));
  const ends = await Promise.all(children.map((child) => child.says(/^(end|error)/)));
  expect(ends.filter((line) => !line.startsWith("end done"))).toEqual([]);
});

test("the second who wants it attaches; whoever leaves first does not end the other's wish", async () => {
  const first = lab.child("gated", { door: "door" });
  await first.says(/step Wait at the door running/);
  const second = lab.child("gated", { door: "door" });
  await second.says(/how attached/);
  first.kill("SIGINT");
  await first.says(/^left/);
  await first.ended;
  lab.open("door");
  await second.says(/end done "through"/);
  expect(lab.world.all()).toEqual(["before", "after"]);
});

test("an attached process that leaves does not disturb the run; the last one cancels it", async () => {
  const first = lab.child("ladder", { rungs: 50, pace: 100 });
  await first.says(/step Rung 0 done/);
  const second = lab.child("ladder", { rungs: 50, pace: 100 });
  await second.says(/how attached/);
  second.kill("SIGINT");
  await second.says(/^left/);
  await first.says(/step Rung 3 done/);
  first.kill("SIGINT");
  await first.ended;
  const [run] = await engine.list();
  expect(run?.state).toBe("cancelled");
  expect(lab.world.all().at(-1)).toBe("give back long");
});

test("an attached process goes on with the run when its executor is killed", async () => {
  const first = lab.child("gated", { door: "door" });
  await first.says(/step Wait at the door running/);
  const second = lab.child("gated", { door: "door" });
  await second.says(/how attached/);
  first.kill();
  await first.ended;
  lab.open("door");
  await second.says(/end done "through"/);
  expect(lab.world.all()).toEqual(["before", "after"]);
});

test("a stopped process whose run was taken over does nothing more when it wakes up", async () => {
  const first = lab.child("ladder", { rungs: 6, pace: 300 }, 1500);
  await first.says(/step Rung 1 done/);
  first.kill("SIGSTOP");
  const second = lab.child("ladder", { rungs: 6, pace: 300 }, 1500);
  await second.says(/how/);
  await second.says(/step Rung 3 done/);
  first.kill("SIGCONT");
  await second.says(/end done 15/);
  await first.says(/end done 15/);
  // At most the step that was under way when it was stopped may have ended in it.
  for (let n = 0; n < 6; n++) expect(lab.world.count(`rung ${n}`)).toBeLessThanOrEqual(n === 2 ? 2 : 1);
  expect(lab.world.count("give back long")).toBe(1);
});

test("cancelling an unfinished run gives back what it holds", async () => {
  const child = lab.child("ladder", { rungs: 50, pace: 50 });
  await child.says(/step Rung 2 done/);
  child.kill();
  await child.ended;
  const [left] = await engine.unfinished();
  const run = await engine.cancel(left?.id ?? "");
  expect(run.state).toBe("cancelled");
  expect(lab.world.all().at(-1)).toBe("give back long");
  expect(await engine.unfinished()).toEqual([]);
});

test("a once-step that cannot be looked at is not repeated: a person says whether it happened", async () => {
  const child = lab.child("press", { door: "door" });
  await child.says(/step Press running/);
  while (lab.world.count("press") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill();
  await child.ended;
  const [left] = await engine.unfinished();
  const handle = await engine.resume(left?.id ?? "");
  const question = await nextQuestion(handle.id);
  expect(question).toContain("'Press' was begun");
  await engine.decide(handle.id, "it did", "tester");
  expect(await nextQuestion(handle.id, question)).toBe("Which way?");
  await engine.decide(handle.id, "right", "tester");
  expect(await handle.ended()).toMatchObject({ state: "done", result: "right" });
  expect(lab.world.count("press")).toBe(1);
});

test("a question survives its process, and so does its answer", async () => {
  const child = lab.child("risky", { failures: 1 });
  await child.says(/step Try it asking/);
  child.kill();
  await child.ended;
  const [left] = await engine.unfinished();
  expect(left?.question?.text).toBe("'Try it' failed: it broke");
  await engine.decide(left?.id ?? "", "retry", "tester");
  const handle = await engine.resume(left?.id ?? "");
  expect(await handle.ended()).toMatchObject({ state: "done", result: "mended" });
  expect(lab.world.all()).toEqual(["prepare", "try", "try"]);
});

test("the process that started the embedded server may end first", async () => {
  const first = lab.child("gated", { door: "now" });
  lab.open("now");
  await first.says(/end done/);
  const second = lab.child("ladder", { rungs: 3, pace: 200 });
  await first.ended;
  await second.says(/end done 3/);
});

async function nextQuestion(runId: string, after?: string): Promise<string> {
  for (;;) {
    const text = (await engine.show(runId)).question?.text;
    if (text !== undefined && text !== after) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
