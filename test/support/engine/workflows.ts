import { appendFileSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { RackhandError } from "#base/errors.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { workflow, type Workflow } from "#engine/flow.ts";

/** A world made of one file: what was really done, in order, whoever did it and however it died. */
export class World {
  readonly dir: string;
  readonly file: string;
  constructor(dir: string) {
    this.dir = dir;
    this.file = path.join(dir, "world");
  }
  did(what: string): void {
    appendFileSync(this.file, `${what}\n`);
  }
  all(): string[] {
    return existsSync(this.file) ? readFileSync(this.file, "utf8").split("\n").filter(Boolean) : [];
  }
  count(what: string): number {
    return this.all().filter((line) => line === what).length;
  }
  /** A door that a test opens by making a file. */
  async passed(door: string, signal: AbortSignal): Promise<void> {
    while (!existsSync(path.join(this.dir, door))) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export type LadderInput = { rungs: number; pace: number };

/** Workflows that do nothing but leave traces in a world. */
export function traces(world: World): Workflow[] {
  const ladder = workflow<LadderInput, number>("ladder", async ({ step, hold }, { rungs, pace }) => {
    return hold(
      "rope",
      {
        take: async () => {
          world.did("take");
          return { rope: "long" };
        },
        giveBack: async (_context, taken) => world.did(`give back ${taken?.rope ?? "nothing"}`),
      },
      async () => {
        let sum = 0;
        for (let n = 0; n < rungs; n++) {
          sum += await step(
            `Rung ${n}`,
            async ({ clock, signal, note }) => {
              note(`on rung ${n}`);
              await clock.sleep(milliseconds(pace), signal);
              world.did(`rung ${n}`);
              return n;
            },
            n % 2 === 0
              ? { effect: "ensures" }
              : {
                  effect: "once",
                  look: async () =>
                    world.count(`rung ${n}`) > 0 ? { happened: true, result: n } : { happened: false },
                },
          );
        }
        return sum;
      },
    );
  });
  const gated = workflow<{ door: string }, string>("gated", async ({ step }, { door }) => {
    await step("Before", async () => world.did("before"), { effect: "ensures" });
    await step("Wait at the door", ({ signal }) => world.passed(door, signal), { effect: "reads" });
    await step("After", async () => world.did("after"), { effect: "ensures" });
    return "through";
  });
  const risky = workflow<{ failures: number }, string>("risky", async ({ step }, { failures }) => {
    await step("Prepare", async () => world.did("prepare"), { effect: "ensures" });
    await step(
      "Try it",
      async () => {
        world.did("try");
        if (world.count("try") <= failures) throw new RackhandError("test.failed", "it broke", { advice: "mend it" });
      },
      { effect: "ensures", onFailure: "ask" },
    );
    return "mended";
  });
  const press = workflow<{ door: string }, string>("press", async ({ step, ask }, { door }) => {
    await step(
      "Press",
      async ({ signal }) => {
        world.did("press");
        await world.passed(door, signal);
      },
      { effect: "once" },
    );
    return ask({ text: "Which way?", choices: ["left", "right"], within: seconds(600) });
  });
  return [ladder, gated, risky, press];
}
