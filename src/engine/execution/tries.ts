import { RackhandError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { Json, Looked } from "#engine/flow.ts";
import { mayChange } from "./gate.ts";
import { inside, type Play } from "./play.ts";
import { askPeople, longestInHold } from "./question.ts";
import { attemptRow } from "./rows.ts";
import { ended, type Scene } from "./scene.ts";

/** How far a step has come, over all its rounds here. */
export interface Progress {
  /** Over all lives of the run. */
  attempt: number;
  /** Its function was begun. */
  acted: boolean;
  /** An earlier beginning may have taken effect. */
  mustLook: boolean;
  /** A question that an earlier life asked is still the one. */
  again: boolean;
  /** Its function ended, but said that it did not reach what it is for. */
  warned: boolean;
}

const usualPause = seconds(2);
/** How long an aborted function may take to end: a packet that is on its way should be answered before anything else is done. */
const grace = { reads: seconds(5), ensures: seconds(10), once: seconds(30) };

/** All attempts of one round. Throws the last one's error. */
export async function tries(step: Play, scene: Scene, progress: Progress): Promise<Json | void> {
  const { core, execution, spec, seq } = step;
  for (let n = 1; ; n++) {
    try {
      return await oneTry(step, scene, progress);
    } catch (error) {
      if (scene.signal.aborted) throw scene.signal.reason;
      const worthwhile = error instanceof RackhandError ? error.retryable : spec.shielded;
      if (n >= (spec.attempts ?? 1) || !worthwhile) throw error;
      scene.context.note(`${error instanceof Error ? error.message : String(error)}; trying again`);
      await core.clock.sleep(spec.pause ?? usualPause, scene.signal);
      progress.attempt += 1;
      progress.warned = false;
      await attemptRow(core, execution, seq, progress.attempt);
    }
  }
}

async function oneTry(step: Play, scene: Scene, progress: Progress): Promise<Json | void> {
  const { core, execution, spec } = step;
  const { signal, context } = scene;
  if (progress.mustLook) {
    const seen = await lookBack(step, scene, progress);
    if (seen.happened) return seen.result;
    progress.mustLook = false;
  }
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
async function lookBack(step: Play, scene: Scene, progress: Progress): Promise<Seen> {
  const { core, execution, spec, seq } = step;
  const looked = await look(step, scene);
  if (looked.happened !== "unknown") return looked;
  const asked = {
    text: looked.question,
    choices: ["it did", "do it again", "abort"],
    ...(spec.hold === null ? {} : { within: longestInHold, otherwise: "abort" }),
  };
  const options = { signal: scene.patient, again: progress.again };
  const choice = await askPeople(core, execution, seq, asked, options);
  progress.again = false;
  if (choice === "it did") return { happened: true, result: undefined };
  if (choice === "do it again") return { happened: false };
  const message = `'${spec.title}' was given up: whether it took effect is not known`;
  throw new RackhandError("step.given-up", message, { subject: execution.machine });
}

async function look({ spec }: Play, scene: Scene): Promise<Looked<Json | void>> {
  const { look: find } = spec;
  if (find) {
    return ended(
      inside.run(true, async () => find(scene.context)),
      scene.signal,
      grace.reads,
    );
  }
  return {
    happened: "unknown",
    question: `'${spec.title}' was begun, and how it ended is not known. Did it take effect?`,
  };
}
