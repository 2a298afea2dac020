import { type ErrorRecord, errorRecord, RackhandError } from "#base/errors.ts";
import type { Core } from "#engine/core/core.ts";
import { cleanError, cleanJson } from "#engine/core/text.ts";
import { type Execution, isLost } from "./execution.ts";
import { inside, type Play, type StepSpec } from "./play.ts";
import { askPeople, longestInHold } from "./question.ts";
import { recorded } from "./recorded.ts";
import { againRow, beginRow, endRow, type Outcome } from "./rows.ts";
import { openScene, type Scene } from "./scene.ts";
import { type Progress, tries } from "./tries.ts";

/** Does a step once in the run's life, and gives how it ended. Never returns when the run is lost. */
export async function doStep(core: Core, execution: Execution, spec: StepSpec): Promise<Outcome> {
  if (inside.getStore()) {
    throw new RackhandError("flow.nested", `step '${spec.title}' was begun inside another step`);
  }
  return recorded(execution, `${spec.kind}: ${spec.title}`, (seq) => play({ core, execution, spec, seq }));
}

async function play(step: Play): Promise<Outcome> {
  const { core, execution, spec, seq } = step;
  const begun = await beginRow(core, execution, seq, spec);
  if (begun.outcome) return begun.outcome;
  execution.step = spec.title;
  execution.effect = spec.effect;
  const again = begun.attempts > 1;
  const progress: Progress = {
    attempt: begun.attempts,
    acted: again,
    mustLook: again && spec.effect === "once",
    again: begun.asking,
    warned: false,
  };
  let failure: ErrorRecord | undefined = begun.asking ? (begun.error ?? undefined) : undefined;
  for (let elapsed = begun.elapsed; ; elapsed = 0, failure = undefined) {
    await using scene = openScene(step, elapsed, progress);
    const outcome = await round(step, scene, progress, failure);
    await scene.close();
    if (outcome !== "retry") {
      await endRow(core, execution, outcome, scene.lastNote());
      execution.step = undefined;
      return outcome;
    }
    progress.attempt += 1;
    progress.again = false;
    await againRow(core, execution, seq, progress.attempt);
  }
}

/** All attempts up to a success, or to a failure that was decided upon. `failure`: an earlier life failed, and asks since. */
async function round(
  step: Play,
  scene: Scene,
  progress: Progress,
  failure: ErrorRecord | undefined,
): Promise<Outcome | "retry"> {
  const { execution, spec, seq } = step;
  if (spec.when === false) return { seq, state: "skipped", acted: false };
  let error = failure;
  if (!error) {
    try {
      const v = cleanJson(await tries(step, scene, progress));
      return { seq, state: progress.warned ? "warned" : "done", acted: true, ...(v === undefined ? {} : { v }) };
    } catch (thrown) {
      if (isLost(execution)) throw thrown;
      error = cleanError(errorRecord(thrown));
    }
  }
  const end = await decided(step, scene, error, progress.again);
  return end === "retry" ? "retry" : { seq, state: end, error, acted: progress.acted };
}

async function decided(
  { core, execution, spec, seq }: Play,
  scene: Scene,
  error: ErrorRecord,
  again: boolean,
): Promise<"retry" | "skipped" | "warned" | "failed"> {
  const cancelled = () => execution.cancel.signal.aborted && !spec.shielded;
  if (cancelled()) return "failed";
  if (spec.onFailure === "warn") return "warned";
  if (spec.onFailure !== "ask") return "failed";
  const asked = {
    text: `'${spec.title}' failed: ${error.message}`,
    choices: ["retry", "skip", "abort"],
    error,
    ...(spec.hold === null ? {} : { within: longestInHold, otherwise: "abort" }),
  };
  const choice = await askPeople(core, execution, seq, asked, { signal: scene.patient, again }).catch(
    (problem: unknown) => {
      if (isLost(execution) || !cancelled()) throw problem;
      return "abort";
    },
  );
  return choice === "retry" ? "retry" : choice === "skip" ? "skipped" : "failed";
}
