import type { QuestionRecord, RunEvent, RunRecord, StepRecord } from "#engine/engine.ts";

/** Shows a run while it goes on. */
export interface Progress {
  /** What this process has to do with the run, in words; shown once, first. */
  begin(run: RunRecord, words: string): void;
  step(step: StepRecord): void;
  output(stream: "stdout" | "stderr", text: string): void;
  question(runId: string, question: QuestionRecord, how: string): void;
  /** A remark of this process. */
  say(text: string): void;
  /** The same, when this process begins to go away. */
  leaving(text: string): void;
  /** Leaves the terminal to somebody else (a prompt), and takes it again. */
  pause(): void;
  resume(): void;
  /** Nothing more will come. */
  end(): void;
}

/** Steps of a run by their number; remembers which were shown to the end. */
export class Steps {
  readonly #steps = new Map<number, StepRecord>();
  readonly #shown = new Set<string>();

  put(step: StepRecord): void {
    this.#steps.set(step.seq, step);
  }

  /** True the first time that this attempt's end (or anything else that `key` tells apart) is seen. */
  first(step: StepRecord, key = step.state): boolean {
    const id = `${step.seq} ${step.attempts} ${key}`;
    if (this.#shown.has(id)) return false;
    this.#shown.add(id);
    return true;
  }

  /** Those that are going on, in order. */
  open(): StepRecord[] {
    return [...this.#steps.values()]
      .filter(({ state }) => state === "running" || state === "asking")
      .sort((a, b) => a.seq - b.seq);
  }
}

/** Hands one event to the progress. Steps that a run already had when we came are shown first. */
export function show(progress: Progress, event: RunEvent, words: (run: RunRecord) => string): void {
  switch (event.type) {
    case "run":
      progress.begin(event.run, words(event.run));
      for (const step of event.run.steps) progress.step(step);
      return;
    case "step":
      return progress.step(event.step);
    case "output":
      return progress.output(event.stream, event.text);
    case "end":
      for (const step of event.run.steps) progress.step(step);
      return;
    case "question":
      return; // asked by who watches, because an answer is wanted
  }
}
