import type { App } from "#app/app.ts";
import { personHere } from "#app/open.ts";
import type { Engine, QuestionRecord, RunEvent, RunHandle, RunRecord } from "#engine/engine.ts";
import type { Call } from "./call.ts";
import { answer, howToAnswer } from "./output/prompt.ts";
import { openProgress } from "./output/open-progress.ts";
import { show, type Progress } from "./output/progress.ts";
import { ago } from "./output/words.ts";

/** How a run that was watched came to its end here. */
export interface Watched {
  run: RunRecord;
  /** We went away before it ended: it goes on for others. */
  left: boolean;
}

/**
 * Shows a run that this process wants, until it ends. On Ctrl-C, SIGTERM or a hang-up it takes its wish back: the run is cancelled and what it holds is
 * given back, unless somebody else wants it too.
 */
export async function watch(call: Call, app: App, handle: RunHandle): Promise<Watched> {
  const engine = await app.engine();
  const progress = openProgress(call.out);
  const done = new AbortController();
  const shown = showEvents(call, engine, progress, handle.events(done.signal), (run) => openingWords(run, handle.how));
  try {
    const ended = handle.ended().then((run) => ({ run, left: false }));
    const left = interrupted(call.signal).then(() => leave(engine, handle, progress));
    left.catch(() => undefined);
    ended.catch(() => undefined);
    const watched = await Promise.race([ended, left]);
    if (!watched.left) await Promise.race([shown, soon()]); // the last events, if they are on their way
    return watched;
  } finally {
    done.abort();
    progress.end();
  }
}

/** Shows somebody's run until it ends or we stop looking; nothing is wanted or taken back. */
export async function look(call: Call, app: App, runId: string): Promise<Watched> {
  const engine = await app.engine();
  const progress = openProgress(call.out);
  try {
    await Promise.race([
      showEvents(call, engine, progress, engine.follow(runId, call.signal), (run) => openingWords(run, "watched")),
      interrupted(call.signal),
    ]);
  } finally {
    progress.end();
  }
  const run = await engine.show(runId);
  return { run, left: run.ended === undefined };
}

async function leave(engine: Engine, handle: RunHandle, progress: Progress): Promise<Watched> {
  progress.leaving("interrupted: taking our wish back; what is held is given back, unless others want it too");
  await handle.leave();
  const run = await engine.show(handle.id);
  return { run, left: run.ended === undefined };
}

async function showEvents(
  call: Call,
  engine: Engine,
  progress: Progress,
  events: AsyncIterable<RunEvent>,
  words: (run: RunRecord) => string,
): Promise<void> {
  let asking: AbortController | undefined;
  try {
    for await (const event of events) {
      if (event.type === "question") {
        asking?.abort();
        asking = new AbortController();
        void ask(call, engine, progress, event, asking.signal);
        continue;
      }
      if (event.type === "end" || (event.type === "step" && event.step.state !== "asking")) asking?.abort();
      show(progress, event, words);
    }
  } catch (error) {
    if (!call.signal.aborted && !isAbort(error))
      progress.say(`what happens cannot be shown any more: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    asking?.abort();
  }
}

/** A question goes to the person at the terminal; where there is none, it is said how to answer. */
async function ask(
  call: Call,
  engine: Engine,
  progress: Progress,
  { runId, question }: { runId: string; question: QuestionRecord },
  signal: AbortSignal,
): Promise<void> {
  const prompts = call.interactive && !call.out.json;
  progress.question(runId, question, prompts ? "" : howToAnswer(runId, question));
  if (!prompts) return;
  progress.pause();
  try {
    const choice = await answer(call.out, question.choices, AbortSignal.any([signal, call.signal]));
    if (choice !== undefined) await engine.decide(runId, choice, personHere(call.env));
  } catch (error) {
    call.out.say(`the answer was not taken: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    progress.resume();
  }
}

function openingWords(run: RunRecord, how: RunHandle["how"] | "watched"): string {
  const name = `${run.workflow} ${run.machine}`;
  const begun = `${run.who} began ${ago(Date.parse(run.created), Date.now())} (process ${run.pid} on ${run.host})`;
  if (how === "attached") return `${name}: joins run ${run.id} that ${begun}; Ctrl-C leaves it to others`;
  if (how === "adopted") return `${name}: goes on with run ${run.id} that ${begun} and that was left unfinished`;
  if (how === "watched") return `${name}: run ${run.id} that ${begun}; Ctrl-C stops watching`;
  return `${name}: run ${run.id}`;
}

const isAbort = (error: unknown) =>
  error instanceof Error && (error.name === "AbortError" || error.message === "cancelled");

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 1000).unref());
