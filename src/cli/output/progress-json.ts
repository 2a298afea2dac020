import type { QuestionRecord, RunRecord, StepRecord } from "#engine/engine.ts";
import type { Out } from "./out.ts";
import type { Progress } from "./progress.ts";
import { stepJson } from "./run-json.ts";

/** One `event` object per thing that happens. */
export class JsonProgress implements Progress {
  readonly #out: Out;
  #runId = "";
  #begun = false;
  readonly #last = new Map<number, string>();

  constructor(out: Out) {
    this.#out = out;
  }

  begin(run: RunRecord): void {
    this.#runId = run.id;
    if (this.#begun) return;
    this.#begun = true;
    const { workflow, machine, state, who, why, host, pid, created } = run;
    this.#out.event({ event: "run", runId: run.id, workflow, machine, state, who, why, host, pid, created });
  }

  step(step: StepRecord): void {
    const text = JSON.stringify(step);
    if (this.#last.get(step.seq) === text) return;
    this.#last.set(step.seq, text);
    this.#out.event({ event: "step", runId: this.#runId, step: stepJson(step) });
  }

  output(stream: "stdout" | "stderr", text: string): void {
    this.#out.event({ event: "output", runId: this.#runId, stream, text });
  }

  question(runId: string, question: QuestionRecord, how: string): void {
    this.#out.event({ event: "question", runId, question });
    this.#out.say(`${question.text} (${how})`);
  }

  say(text: string): void {
    this.#out.say(text);
  }

  leaving(text: string): void {
    this.say(text);
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
}
