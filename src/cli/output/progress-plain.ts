import type { QuestionRecord, RunRecord, StepRecord } from "#engine/engine.ts";
import type { Out } from "./out.ts";
import { Steps, type Progress } from "./progress.ts";
import { elapsed, hasEnded, plainLine } from "./step-lines.ts";

/** A step that takes longer is announced before it ends, so that a log never stands still without a reason. */
const announceAfter = 1000;
/** At most so often a long step repeats what it says. */
const repeatAfter = 30_000;

/** Lines for a log: one per step, more only for what takes long. */
export class PlainProgress implements Progress {
  readonly #out: Out;
  readonly #steps = new Steps();
  readonly #said = new Map<number, { at: number; note: string | undefined }>();
  readonly #timer: NodeJS.Timeout;
  #begun = false;

  constructor(out: Out) {
    this.#out = out;
    this.#timer = setInterval(() => this.#remind(), 250).unref();
  }

  begin(_run: RunRecord, words: string): void {
    if (!this.#begun) this.say(words);
    this.#begun = true;
  }

  step(step: StepRecord): void {
    this.#steps.put(step);
    if (hasEnded(step) && this.#steps.first(step)) this.say(plainLine(step, Date.now()));
  }

  output(stream: "stdout" | "stderr", text: string): void {
    this.#out.raw(stream, text);
  }

  question(_runId: string, question: QuestionRecord, how: string): void {
    this.say(`asks: ${question.text} (${how})`);
  }

  say(text: string): void {
    this.#out.say(`${new Date().toTimeString().slice(0, 8)} ${text}`);
  }

  leaving(text: string): void {
    this.say(text);
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    clearInterval(this.#timer);
  }

  #remind(): void {
    const now = Date.now();
    for (const step of this.#steps.open()) {
      const said = this.#said.get(step.seq);
      const due =
        said === undefined
          ? elapsed(step, now) >= announceAfter
          : said.note !== step.note && now - said.at >= repeatAfter;
      if (!due) continue;
      this.#said.set(step.seq, { at: now, note: step.note });
      this.say(plainLine(step, now));
    }
  }
}
