import { AsyncLocalStorage } from "node:async_hooks";
import { errorFromRecord } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import type { Flow, Hold, Json, StepOptions } from "#engine/flow.ts";
import { doAsk } from "./ask.ts";
import { type Execution, isLost, standStill } from "./execution.ts";
import { cancelledBy } from "./gate.ts";
import type { Outcome } from "./rows.ts";
import { doStep } from "./step.ts";

/** The innermost hold around what runs now: the place of its taking in the record. */
const holding = new AsyncLocalStorage<number>();

/** A give-back tries hard: what it gives back may be in everybody's way. */
const giveBackOptions: StepOptions<void> = { effect: "ensures", attempts: 5, pause: seconds(3) };

/** What the workflow of one execution sees. */
export function flowOf(core: Core, execution: Execution): Flow {
  return {
    runId: execution.runId,
    machine: execution.machine,
    clock: core.clock,
    resumed: execution.resumed,
    step: async (title, act, options) => {
      const hold = holding.getStore() ?? null;
      return valueOf(await doStep(core, execution, { ...options, kind: "step", title, hold, act, shielded: false }));
    },
    hold: (title, hold, body) => doHold(core, execution, title, hold, body),
    ask: (question) => doAsk(core, execution, question, holding.getStore() ?? null),
    checkCancelled: async () => {
      if (isLost(execution)) return standStill(execution);
      if (execution.cancel.signal.aborted) throw cancelledBy(execution);
    },
  };
}

/** Takes, does the body, gives back: also after failure, cancel or a crash, because taking and giving back are steps of the run. */
async function doHold<R extends Json | void, T>(
  core: Core,
  execution: Execution,
  title: string,
  { take, giveBack }: Hold<R>,
  body: (taken: R) => Promise<T>,
): Promise<T> {
  const around = holding.getStore() ?? null;
  const taking = await doStep(core, execution, {
    kind: "take",
    title: `Take: ${title}`,
    effect: "ensures",
    hold: around,
    act: take,
    shielded: false,
  });
  const back = async () => {
    const taken = taking.state === "done" ? valueOf<R>(taking) : undefined;
    const outcome = await doStep(core, execution, {
      ...giveBackOptions,
      kind: "give-back",
      title: `Give back: ${title}`,
      hold: taking.seq,
      act: (context) => giveBack(context, taken),
      shielded: true,
    });
    valueOf(outcome);
  };
  let result: T;
  try {
    const taken = valueOf<R>(taking);
    result = await holding.run(taking.seq, () => body(taken));
  } catch (error) {
    // The body's own failure is what people should see; that giving back failed too stands in the step.
    if (taking.acted) await back().catch(() => {});
    throw error;
  }
  await back();
  return result;
}

/** What the step gave, in every life of the run the same: the recorded value, which is the function's own after a passage through JSON. */
function valueOf<T extends Json | void>(outcome: Outcome): T {
  if (outcome.state === "failed" && outcome.error) throw errorFromRecord(outcome.error);
  return outcome.v as T;
}
