import type { QuestionRecord, RunRecord, StepRecord } from "#engine/engine.ts";
import { redact } from "#base/secret.ts";
import { Live } from "./live.ts";
import type { Out } from "./out.ts";
import { Steps, type Progress } from "./progress.ts";
import { endedLines, hasEnded, liveLines, wholeSeconds, type Look } from "./step-lines.ts";

/** The step list on a terminal: ended steps scroll away above, what is being done turns below. */
export class LiveProgress implements Progress {
  readonly #out: Out;
  readonly #steps = new Steps();
  #live: Live;
  #turn = 0;
  #began: number | undefined;
  #stops = "Ctrl-C stops";
  readonly #halfLines = { stdout: "", stderr: "" };

  constructor(out: Out) {
    this.#out = out;
    this.#live = this.#open();
  }

  begin(run: RunRecord, words: string): void {
    if (this.#began !== undefined) return;
    this.#began = Date.parse(run.created);
    this.#live.print([this.#out.warn.bold(words)]);
  }

  step(step: StepRecord): void {
    this.#steps.put(step);
    if (hasEnded(step) && this.#steps.first(step)) this.#live.print(endedLines(step, this.#look()).map(redact));
  }

  /** Whole lines at a time on a terminal, because the region needs the first column; as it comes into a pipe. */
  output(stream: "stdout" | "stderr", text: string): void {
    if (!this.#out[stream].isTTY) return this.#out.raw(stream, text);
    const all = this.#halfLines[stream] + text;
    const end = all.lastIndexOf("\n") + 1;
    this.#halfLines[stream] = all.slice(end);
    if (end > 0) this.#live.aside(() => this.#out.raw(stream, all.slice(0, end)));
  }

  question(_runId: string, question: QuestionRecord, how: string): void {
    const { warn, marks } = this.#out;
    this.#live.print([`  ${warn.yellow(marks.asking)} ${warn.bold(question.text)}`, ...(how ? [`    ${how}`] : [])]);
  }

  say(text: string): void {
    this.#live.print([`  ${redact(text)}`]);
  }

  leaving(text: string): void {
    this.#stops = "Ctrl-C again leaves at once, giving nothing back";
    this.say(this.#out.warn.yellow(text));
  }

  pause(): void {
    this.#live.stop();
  }

  resume(): void {
    this.#live = this.#open();
  }

  end(): void {
    this.#live.stop();
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#halfLines[stream]) this.#out.raw(stream, `${this.#halfLines[stream]}\n`);
      this.#halfLines[stream] = "";
    }
  }

  #open(): Live {
    const live = new Live(this.#out.stderr, () => this.#region());
    live.start();
    return live;
  }

  #look(): Look {
    return { paint: this.#out.warn, marks: this.#out.marks, columns: this.#out.stderr.columns || 80 };
  }

  #region(): string[] {
    const open = this.#steps.open();
    const now = Date.now();
    const look = { ...this.#look(), now, turn: this.#turn++ };
    const lines = open.flatMap((step) => liveLines(step, look)).map(redact);
    if (this.#began === undefined || open.length === 0) return lines;
    return [...lines, look.paint.dim(`    ${wholeSeconds(now - this.#began)} in all; ${this.#stops}`)];
  }
}
