import { systemClock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import type { RunEvent, RunRecord } from "#engine/engine.ts";
import { throughOutages } from "#store/outage.ts";
import { show } from "./find.ts";

/** A change is told at once; this is for what a lost connection did not tell, and for a process that went away in silence. */
const lookAgain = seconds(1);

/**
 * Everything that happens to a run from now on, whichever process executes it; first the run as it is, last its end. A run whose process is gone goes on being
 * followed: somebody may adopt it.
 */
export async function* follow(
  core: Core,
  runId: string,
  signal?: AbortSignal,
): AsyncGenerator<RunEvent, void, undefined> {
  const over = signal ? AbortSignal.any([signal, core.closing]) : core.closing;
  try {
    yield* news(core, runId, over);
  } catch (error) {
    if (!core.closing.aborted) throw error;
  }
}

async function* news(core: Core, runId: string, signal: AbortSignal): AsyncGenerator<RunEvent, void, undefined> {
  using watch = core.pulse.watch(runId);
  const told = new Map<number, string>();
  let question: string | undefined;
  let known: RunRecord | undefined;
  for (;;) {
    const run = await throughOutages(systemClock, () => show(core, runId), signal);
    const changed = known === undefined || known.state !== run.state || known.pid !== run.pid;
    if (changed && run.ended === undefined) yield { type: "run", run };
    known = run;
    for (const output of watch.outputs()) yield { type: "output", runId, ...output };
    for (const step of run.steps) {
      const text = JSON.stringify(step);
      if (told.get(step.seq) === text) continue;
      told.set(step.seq, text);
      yield { type: "step", runId, step };
    }
    if (run.question && run.question.id !== question) yield { type: "question", runId, question: run.question };
    question = run.question?.id;
    if (run.ended !== undefined) return yield { type: "end", run };
    await watch.next(lookAgain, signal);
  }
}
