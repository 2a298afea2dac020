import { AsyncLocalStorage } from "node:async_hooks";
import { type ErrorRecord, errorRecord, RackhandError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import { cleanError, cleanJson } from "#engine/core/text.ts";
import type { Json, StepContext, StepOptions } from "#engine/flow.ts";
import { type Execution, isLost } from "./execution.ts";
import { mayChange } from "./gate.ts";
import { askPeople } from "./question.ts";
import { recorded } from "./recorded.ts";
import { attemptRow, type Begun, beginRow, endRow, type Outcome, type StepHead } from "./rows.ts";
import { ended, openScene, type Scene } from "./scene.ts";

/** A step as the engine does it; give-backs are `shielded` from cancel and freeze, and try again also after an error that nobody expected. */
export interface StepSpec extends StepHead, StepOptions<Json | void> {
  act: (context: StepContext) => Promise<Json | void>;
  shielded: boolean;
}

/** True inside a step's function, where no other step can begin. */
const inside = new AsyncLocalStorage<boolean>();

const usualPause = seconds(2);
/** How long an aborted function may take to end: a packet that is on its way should be answered before anything else is done. */
const grace = { reads: seconds(5), ensures: seconds(10), once: seconds(30) };

/** Does a step once in the run's life, and gives how it ended. Never returns when the run is lost. */
export async function doStep(core: Core, execution: Execution, spec: StepSpec): Promise<Outcome> {
  if (inside.getStore()) {
    throw new RackhandError("flow.nested", `step '${spec.title}' was begun inside another step`);
  }
  return recorded(execution, `${spec.kind}: ${spec.title}`, (seq) => play(core, execution, spec, seq));
}

async function play(core: Core, execution: Execution, spec: StepSpec, seq: number): Promise<Outcome> {
  const begun = await beginRow(core, execution, seq, spec);
  if (begun.outcome) return begun.outcome;
  execution.step = spec.title;
  execution.effect = spec.effect;
  await using scene = openScene(core, execution, seq, begun, {
    title: spec.title,
    within: spec.within,
    shielded: spec.shielded,
  });
  const outcome = await outcomeOf(core, execution, spec, seq, begun, scene);
  await scene.close();
  await endRow(core, execution, outcome, scene.lastNote());
  execution.step = undefined;
  return outcome;
}

/** Until it has succeeded, or its failure has been decided upon. */
async function outcomeOf(
  core: Core,
  execution: Execution,
  spec: StepSpec,
  seq: number,
  begun: Begun,
  scene: Scene,
): Promise<Outcome> {
  if (spec.when === false) return { seq, state: "skipped", acted: false };
  const progress = {
    acted: begun.attempts > 1,
    mustLook: spec.effect === "once" && begun.attempts > 1,
    again: begun.asking,
  };
  let failure: ErrorRecord | undefined = begun.asking ? (begun.error ?? undefined) : undefined;
  for (;;) {
    if (!failure) {
      try {
        const v = cleanJson(await tries(core, execution, spec, seq, scene, progress));
        return { seq, state: "done", acted: true, ...(v === undefined ? {} : { v }) };
      } catch (error) {
        if (isLost(execution)) throw error;
        failure = cleanError(errorRecord(error));
      }
    }
    const end = await decided(core, execution, spec, seq, scene, failure, progress.again);
    if (end !== "retry") return { seq, state: end, error: failure, acted: progress.acted };
    progress.again = false;
    failure = undefined;
  }
}

async function decided(
  core: Core,
  execution: Execution,
  spec: StepSpec,
  seq: number,
  scene: Scene,
  error: ErrorRecord,
  again: boolean,
): Promise<"retry" | "skipped" | "warned" | "failed"> {
  if (execution.cancel.signal.aborted && !spec.shielded) return "failed";
  if (spec.onFailure === "warn") return "warned";
  if (spec.onFailure !== "ask") return "failed";
  const text = `'${spec.title}' failed: ${error.message}`;
  const choices = ["retry", "skip", "abort"];
  const choice = await askPeople(
    core,
    execution,
    seq,
    { text, choices, error },
    { signal: scene.patient, again },
  ).catch((problem: unknown) => {
    if (isLost(execution) || !execution.cancel.signal.aborted) throw problem;
    return "abort";
  });
  return choice === "retry" ? "retry" : choice === "skip" ? "skipped" : "failed";
}

interface Progress {
  acted: boolean;
  /** An earlier beginning may have taken effect. */
  mustLook: boolean;
  /** The question that an earlier life asked is still the one. */
  again: boolean;
}

/** All attempts of one round. */
async function tries(
  core: Core,
  execution: Execution,
  spec: StepSpec,
  seq: number,
  scene: Scene,
  progress: Progress,
): Promise<Json | void> {
  for (let n = 1; ; n++) {
    try {
      return await oneTry(core, execution, spec, seq, scene, progress);
    } catch (error) {
      if (scene.signal.aborted) throw scene.signal.reason;
      const worthwhile = error instanceof RackhandError ? error.retryable : spec.shielded;
      if (n >= (spec.attempts ?? 1) || !worthwhile) throw error;
      scene.context.note(`${error instanceof Error ? error.message : String(error)}; trying again`);
      await core.clock.sleep(spec.pause ?? usualPause, scene.signal);
      scene.attempt += 1;
      await attemptRow(core, execution, seq, scene.attempt);
    }
  }
}

async function oneTry(
  core: Core,
  execution: Execution,
  spec: StepSpec,
  seq: number,
  scene: Scene,
  progress: Progress,
): Promise<Json | void> {
  if (progress.mustLook) {
    const seen = await lookBack(core, execution, spec, seq, scene, progress);
    if (seen.happened) return seen.result;
    progress.mustLook = false;
  }
  const { signal, context } = scene;
  if (spec.effect === "reads") signal.throwIfAborted();
  else await mayChange(core, execution, { signal, shielded: spec.shielded, note: context.note });
  progress.acted = true;
  if (spec.effect === "once" && spec.look) progress.mustLook = true;
  return ended(
    inside.run(true, async () => spec.act(context)),
    signal,
    grace[spec.effect],
  );
}

type Seen = { happened: false } | { happened: true; result: Json | void };

/** Did an earlier beginning of a once-step take effect? What cannot be seen, a person says. */
async function lookBack(
  core: Core,
  execution: Execution,
  spec: StepSpec,
  seq: number,
  scene: Scene,
  progress: Progress,
): Promise<Seen> {
  const { look, title } = spec;
  const looked = look
    ? await ended(
        inside.run(true, async () => look(scene.context)),
        scene.signal,
        grace.reads,
      )
    : {
        happened: "unknown" as const,
        question: `'${title}' was begun, and how it ended is not known. Did it take effect?`,
      };
  if (looked.happened !== "unknown") return looked;
  const choices = ["it did", "do it again", "abort"];
  const { question: text } = looked;
  const options = { signal: scene.patient, again: progress.again };
  const choice = await askPeople(core, execution, seq, { text, choices }, options);
  progress.again = false;
  if (choice === "it did") return { happened: true, result: undefined };
  if (choice === "do it again") return { happened: false };
  const message = `'${title}' was given up: whether it took effect is not known`;
  throw new RackhandError("step.given-up", message, { subject: execution.machine });
}
