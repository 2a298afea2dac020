import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RackhandError, RefusedError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds } from "#base/units.ts";
import type { Engine, RunEvent, RunHandle } from "#engine/engine.ts";
import { type Workflow, workflow } from "#engine/flow.ts";
import { openLab, type EngineLab } from "../support/engine/lab.ts";

let lab: EngineLab;
let engine: Engine | undefined;
let serial = 0;
let machine: string;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());
beforeEach(() => {
  machine = `machine${++serial}`;
});
afterEach(async () => {
  await engine?.[Symbol.asyncDispose]();
  engine = undefined;
});

/** Starts one workflow that is made for the test. */
async function begin(
  run: Workflow["run"],
  options: { input?: object; name?: string; own?: () => Promise<AsyncDisposable> } = {},
): Promise<RunHandle> {
  const name = options.name ?? "test";
  const { own } = options;
  engine = await lab.engine({ workflows: [workflow(name, run)], ...(own ? { own } : {}) });
  return engine.start(name, { ...options.input }, { machine, claims: [`ipmi:${machine}`], who: "tester" });
}

async function eventsOf(handle: RunHandle): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of handle.events()) events.push(event);
  return events;
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a step", () => {
  test("is recorded with its result, note and evidence", async () => {
    const handle = await begin(async ({ step }) =>
      step(
        "Count",
        async ({ note, evidence }) => {
          note("counting");
          return { hash: await evidence("log.txt", "one two three") };
        },
        { effect: "reads" },
      ),
    );
    const run = await handle.ended();
    expect(run).toMatchObject({ state: "done", machine, who: "tester" });
    const [step] = run.steps;
    expect(step).toMatchObject({ title: "Count", state: "done", attempts: 1, note: "counting" });
    const hash = step?.evidence[0]?.hash ?? "";
    expect(run.result).toEqual({ hash });
    const kept = readFileSync(path.join(lab.stateDir, "evidence", hash.slice(0, 2), hash), "utf8");
    expect(kept).toBe("one two three");
  });

  test("is tried again after errors that may pass, and not after others", async () => {
    const tries: string[] = [];
    const handle = await begin(async ({ step }) => {
      const flaky = async () => {
        tries.push("flaky");
        if (tries.length < 3) throw new RackhandError("test.flaky", "not yet", { retryable: true });
      };
      await step("Flaky", flaky, { effect: "reads", attempts: 3, pause: milliseconds(1) });
      const broken = async () => {
        tries.push("broken");
        throw new RackhandError("test.broken", "never");
      };
      await step("Broken", broken, { effect: "reads", attempts: 3, pause: milliseconds(1) });
    });
    const run = await handle.ended();
    expect(tries).toEqual(["flaky", "flaky", "flaky", "broken"]);
    expect(run).toMatchObject({ state: "failed", error: { code: "test.broken", message: "never" } });
    expect(run.steps.map(({ state, attempts }) => [state, attempts])).toEqual([
      ["done", 3],
      ["failed", 1],
    ]);
  });

  test("fails at its deadline, after its function was told", async () => {
    let told: unknown;
    const handle = await begin(async ({ step }) => {
      const slow = async ({
        clock,
        signal,
      }: {
        clock: { sleep: (ms: never, signal: AbortSignal) => Promise<void> };
        signal: AbortSignal;
      }) => {
        await clock.sleep(milliseconds(60_000) as never, signal).catch((error: unknown) => {
          told = error;
          throw error;
        });
      };
      await step("Slow", slow, { effect: "reads", within: milliseconds(50) });
    });
    const run = await handle.ended();
    expect(run.error?.code).toBe("step.timeout");
    expect(told).toMatchObject({ code: "step.timeout" });
  });

  test("that may fail is recorded with a warning, one that is not wanted is skipped", async () => {
    const handle = await begin(async ({ step }) => {
      const given = await step("May fail", async () => Promise.reject(new Error("oh")), {
        effect: "reads",
        onFailure: "warn",
      });
      await step("Not wanted", async () => "x", { effect: "reads", when: false });
      return given === undefined;
    });
    const run = await handle.ended();
    expect(run.result).toBe(true);
    expect(run.steps.map(({ state }) => state)).toEqual(["warned", "skipped"]);
    expect(run.steps[0]?.error?.message).toBe("oh");
  });

  test("cannot begin inside another one", async () => {
    const handle = await begin(async ({ step }) => {
      await step("Outer", async () => step("Inner", async () => 1, { effect: "reads" }), { effect: "reads" });
    });
    expect((await handle.ended()).error?.code).toBe("flow.nested");
  });

  test("keeps secrets out of results, notes, errors, evidence and live output", async () => {
    const secret = new Secret("kanarienvogel-7");
    const handle = await begin(
      async ({ step }) => {
        await step(
          "Say",
          async ({ note, evidence, output, clock }) => {
            note(`it is ${secret.reveal()}`);
            output("stdout", "it is kanarien");
            await clock.sleep(milliseconds(120));
            output("stdout", "vogel-7 indeed\n");
            await evidence("said.txt", secret.reveal());
            await evidence("said.bin", Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(secret.reveal())]));
            return { said: secret.reveal() };
          },
          { effect: "reads" },
        );
        await step("Fail", async () => Promise.reject(new Error(`bad ${secret.reveal()}`)), { effect: "reads" });
      },
      { input: { told: secret.reveal() } },
    );
    const events = JSON.stringify(await eventsOf(handle));
    expect(events).toContain("it is ***");
    expect(events).not.toContain("kanarienvogel");
    expect(events).toContain("*** indeed");
    const { rows } = await lab.database.pool.query<{ all: string }>(
      `select (select string_agg(t::text, '') from rackhand.run t) || (select string_agg(t::text, '') from rackhand.run_step t)
           || (select string_agg(t::text, '') from dbos.operation_outputs t) || (select string_agg(t::text, '') from dbos.workflow_status t) as all`,
    );
    expect(rows[0]?.all.length).toBeGreaterThan(100);
    expect(rows[0]?.all).not.toContain("kanarienvogel");
    for (const { hash } of (await handle.ended()).steps[0]?.evidence ?? []) {
      const kept = readFileSync(path.join(lab.stateDir, "evidence", hash.slice(0, 2), hash));
      expect(kept.toString("latin1")).not.toContain("kanarienvogel");
    }
  });

  test("knows what it usually takes from earlier runs of the same machine", async () => {
    const body: Workflow["run"] = async ({ step }) => {
      await step("Sleep", ({ clock }) => clock.sleep(milliseconds(30)), { effect: "reads" });
    };
    await (await begin(body)).ended();
    await engine?.[Symbol.asyncDispose]();
    const run = await (await begin(body)).ended();
    expect(run.steps[0]?.usual).toBeGreaterThanOrEqual(25);
  });
});

describe("a hold", () => {
  test("is given back when its body fails, with what was taken", async () => {
    const log: unknown[] = [];
    const handle = await begin(async ({ hold, step }) => {
      await hold(
        "door",
        {
          take: async () => ({ key: 7 }),
          giveBack: async (_context, taken) => void log.push(taken),
        },
        () => step("Break", async () => Promise.reject(new Error("broke")), { effect: "ensures" }),
      );
    });
    expect(await handle.ended()).toMatchObject({ state: "failed", error: { message: "broke" } });
    expect(log).toEqual([{ key: 7 }]);
  });

  test("is given back when taking it failed half-way, and giving back is tried again", async () => {
    let tries = 0;
    const handle = await begin(async ({ hold }) => {
      await hold(
        "door",
        {
          take: async () => Promise.reject(new Error("half taken")),
          giveBack: async () => {
            if (++tries === 1) throw new Error("stuck");
          },
        },
        async () => "never",
      );
    });
    const run = await handle.ended();
    expect(run.error?.message).toBe("half taken");
    expect(run.steps.map(({ title, state }) => `${title} ${state}`)).toEqual([
      "Take: door failed",
      "Give back: door done",
    ]);
    expect(tries).toBe(2);
  });

  test("is given back when the run is cancelled, and while everything is frozen", async () => {
    const log: string[] = [];
    const handle = await begin(async ({ hold, step }) => {
      await hold(
        "door",
        { take: async () => void log.push("take"), giveBack: async () => void log.push("give back") },
        () => step("Wait", ({ clock, signal }) => clock.sleep(milliseconds(600_000), signal), { effect: "reads" }),
      );
    });
    await until(() => log[0]);
    await lab.database.kysely.insertInto("freeze").values({ scope: "all", who: "test", why: "drill" }).execute();
    try {
      const run = await engine?.cancel(handle.id);
      expect(run).toMatchObject({ state: "cancelled", error: { code: "cancelled", exitCode: 130 } });
    } finally {
      await lab.database.kysely.deleteFrom("freeze").execute();
    }
    expect(log).toEqual(["take", "give back"]);
  });
});

describe("a freeze", () => {
  test("lets nothing changing begin, says so, and lets it go on afterwards", async () => {
    await lab.database.kysely
      .insertInto("freeze")
      .values({ scope: `machine:${machine}`, who: "Eve", why: "storm" })
      .execute();
    const log: string[] = [];
    const handle = await begin(async ({ step }) => {
      await step("Look", async () => void log.push("look"), { effect: "reads" });
      await step("Change", async () => void log.push("change"), { effect: "ensures" });
    });
    const note = await until(async () => (await engine?.show(handle.id))?.steps[1]?.note);
    expect(note).toBe("frozen by Eve: storm");
    expect(log).toEqual(["look"]);
    await lab.database.kysely.deleteFrom("freeze").execute();
    expect((await handle.ended()).state).toBe("done");
    expect(log).toEqual(["look", "change"]);
  });
});

describe("a question", () => {
  test("is answered through decide, with one of its choices only", async () => {
    const handle = await begin(async ({ ask }) => ask({ text: "Which?", choices: ["left", "right"] }));
    await until(async () => (await engine?.show(handle.id))?.question);
    expect((await engine?.show(handle.id))?.state).toBe("asking");
    await expect(engine?.decide(handle.id, "lft", "me")).rejects.toMatchObject({ code: "decision.unknown" });
    await engine?.decide(handle.id, "left", "me");
    expect(await handle.ended()).toMatchObject({ state: "done", result: "left" });
    await expect(engine?.decide(handle.id, "left", "me")).rejects.toMatchObject({ code: "run.no-question" });
  });

  test("takes its other way when nobody answers in time, or fails without one", async () => {
    const handle = await begin(async ({ ask }) => {
      const first = await ask({ text: "Go on?", choices: ["yes", "no"], within: milliseconds(50), otherwise: "no" });
      await ask({ text: `Really ${first}?`, choices: ["yes"], within: milliseconds(50) });
    });
    expect(await handle.ended()).toMatchObject({ state: "failed", error: { code: "ask.timeout" } });
  });

  test("lets a person retry, skip or abort a failed step", async () => {
    let tries = 0;
    const handle = await begin(async ({ step }) => {
      await step(
        "Hard",
        async () => {
          tries++;
          throw new Error(`try ${tries}`);
        },
        { effect: "ensures", onFailure: "ask" },
      );
      return "went on";
    });
    const asked = await until(async () => (await engine?.show(handle.id))?.question);
    expect(asked).toMatchObject({ text: "'Hard' failed: try 1", choices: ["retry", "skip", "abort"] });
    await engine?.decide(handle.id, "retry", "me");
    await until(async () =>
      (await engine?.show(handle.id))?.question?.id === asked.id
        ? undefined
        : (await engine?.show(handle.id))?.question,
    );
    await engine?.decide(handle.id, "skip", "me");
    const run = await handle.ended();
    expect(run).toMatchObject({ state: "done", result: "went on" });
    expect(run.steps[0]).toMatchObject({ state: "skipped", error: { message: "try 2" } });
  });
});

describe("the one owner of a machine", () => {
  test("is named to whoever wants something else of it", async () => {
    const handle = await begin(
      async ({ step }) => {
        await step("Dig", ({ clock, signal }) => clock.sleep(milliseconds(600_000), signal), { effect: "reads" });
      },
      { input: { depth: 1 } },
    );
    await until(async () => (await engine?.show(handle.id))?.steps[0]);
    const other = engine?.start("test", { depth: 2 }, { machine, claims: [], who: "other" });
    await expect(other).rejects.toThrow(RefusedError);
    await expect(other).rejects.toMatchObject({ code: "machine.held", exitCode: 4 });
    await expect(other).rejects.toThrow(
      new RegExp(
        `held by run ${handle.id} \\(test ${machine}, begun .* by tester, at step 'Dig', pid ${process.pid} on `,
      ),
    );
    const byController = engine?.start("test", {}, { machine: "elsewhere", claims: [`ipmi:${machine}`], who: "other" });
    await expect(byController).rejects.toMatchObject({ code: "machine.held" });
    const same = await engine?.start("test", { depth: 1 }, { machine, claims: [], who: "friend" });
    expect(same).toMatchObject({ id: handle.id, how: "attached" });
    await same?.leave();
    expect((await engine?.show(handle.id))?.state).toBe("running");
    await handle.leave();
    expect((await handle.ended()).state).toBe("cancelled");
  });

  test("must own it on this host too, or nothing of the run remains", async () => {
    const own = () => Promise.reject(new RefusedError("machine.held", "held by another state directory"));
    let acted = false;
    const started = begin(
      async () => {
        acted = true;
      },
      { own },
    );
    await expect(started).rejects.toMatchObject({ code: "machine.held" });
    expect(acted).toBe(false);
    expect(await engine?.list({ machine })).toEqual([]);
  });

  test("lets go on this host before the end is known", async () => {
    let owned = 0;
    const own = async () => {
      owned++;
      return { [Symbol.asyncDispose]: async () => void owned-- };
    };
    const handle = await begin(async ({ step }) => step("One", async () => owned, { effect: "reads" }), { own });
    expect(await handle.ended()).toMatchObject({ state: "done", result: 1 });
    expect(owned).toBe(0);
  });
});

describe("resuming at a step", () => {
  test("does it and what follows again, keeps what was before, and takes an enclosing hold again", async () => {
    const log: string[] = [];
    let broken = true;
    const body: Workflow["run"] = async ({ step, hold }) => {
      const early = await step("Early", async () => (log.push("early"), "e"), { effect: "ensures" });
      return hold(
        "rope",
        {
          take: async () => (log.push("take"), "rope"),
          giveBack: async () => void log.push("give back"),
        },
        async () => {
          await step("Inside", async () => void log.push("inside"), { effect: "once" });
          await step(
            "Fragile",
            async () => {
              log.push("fragile");
              if (broken) throw new Error("broke");
            },
            { effect: "ensures" },
          );
          return `${early} done`;
        },
      );
    };
    const handle = await begin(body);
    expect((await handle.ended()).state).toBe("failed");
    expect(log.splice(0)).toEqual(["early", "take", "inside", "fragile", "give back"]);
    broken = false;
    const again = await engine?.resume(handle.id);
    expect(await again?.ended()).toMatchObject({ id: handle.id, state: "done", result: "e done" });
    expect(log.splice(0)).toEqual(["take", "fragile", "give back"]);
    const from = await engine?.resume(handle.id, { fromStep: "Inside" });
    expect((await from?.ended())?.state).toBe("done");
    expect(log).toEqual(["take", "inside", "fragile", "give back"]);
    await expect(engine?.resume(handle.id, { fromStep: "Insid" })).rejects.toThrow("did you mean 'Inside'");
    await expect(engine?.resume(handle.id)).rejects.toMatchObject({ code: "run.ended" });
  });
});

test("a follower hears every step, the output and the end", async () => {
  const handle = await begin(async ({ step }) => {
    await step(
      "Talk",
      async ({ output, clock }) => {
        output("stdout", "hello\n");
        output("stderr", "careful\n");
        await clock.sleep(milliseconds(100));
      },
      { effect: "reads" },
    );
  });
  const events = await eventsOf(handle);
  const outputs = events.flatMap((event) => (event.type === "output" ? [[event.stream, event.text]] : []));
  expect(events[0]?.type).toBe("run");
  expect(outputs).toEqual([
    ["stdout", "hello\n"],
    ["stderr", "careful\n"],
  ]);
  expect(events.some((event) => event.type === "step" && event.step.state === "done")).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: "end", run: { state: "done" } });
});

test("output of any size and script arrives whole, elsewhere in any script", async () => {
  const long = "a line\n".repeat(100_000);
  const odd = `${"漢字\u0001🦉".repeat(2000)}\n`;
  const handle = await begin(async ({ step, ask }) => {
    await ask({ text: "Ready?", choices: ["go"] });
    await step(
      "Talk",
      async ({ output, clock }) => {
        output("stdout", odd);
        await clock.sleep(milliseconds(100));
        output("stdout", long);
        await clock.sleep(milliseconds(100));
      },
      { effect: "reads" },
    );
  });
  await using other = await lab.engine();
  const heard = async (events: AsyncIterable<RunEvent>) => {
    let text = "";
    for await (const event of events) if (event.type === "output") text += event.text;
    return text;
  };
  const [here, there] = [heard(handle.events()), heard(other.follow(handle.id))];
  await until(async () => (await other.show(handle.id)).question);
  await new Promise((resolve) => setTimeout(resolve, 300)); // the other one listens
  await other.decide(handle.id, "go", "tester");
  expect(await here).toBe(odd + long);
  expect(await there).toContain(odd);
  expect(await there).toMatch(/\[634464 characters not shown\]\n/);
});

test("an unknown run is said to be unknown", async () => {
  engine = await lab.engine();
  await expect(engine.show("261120-nosuch")).rejects.toMatchObject({ code: "run.unknown", exitCode: 2 });
});
