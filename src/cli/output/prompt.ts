import { createInterface } from "node:readline";
import type { QuestionRecord } from "#engine/engine.ts";
import type { Out } from "./out.ts";

/** What to type elsewhere to answer a run's question. */
export function howToAnswer(runId: string, question: QuestionRecord): string {
  return `answer with: rackhand runs decide ${runId} N, where N is ${numbered(question.choices).join(", ")}`;
}

/** One line typed at the terminal; undefined at end of input or when `signal` aborts. Ctrl-C stays a signal: the terminal is left in its normal mode. */
export function readLine(out: Out, prompt: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    out.stderr.write(prompt);
    const lines = createInterface({ input: process.stdin, terminal: false });
    const finish = (line: string | undefined) => {
      resolve(line); // before close(), which says so too
      signal.removeEventListener("abort", aborted);
      lines.close();
      process.stdin.unref();
    };
    const aborted = () => {
      out.stderr.write("\n");
      finish(undefined);
    };
    signal.addEventListener("abort", aborted, { once: true });
    lines.once("line", finish);
    lines.once("close", () => finish(undefined));
  });
}

const numbered = (choices: readonly string[]) => choices.map((choice, i) => `${i + 1} ${choice}`);

/** Lets a person choose: by the word, enough of its beginning, or its number. */
export async function answer(out: Out, choices: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const list = numbered(choices).join(" · ");
  for (;;) {
    const line = await readLine(out, `    ${list} > `, signal);
    if (line === undefined) return undefined;
    const choice = choiceMeant(line.trim(), choices);
    if (choice !== undefined) return choice;
    out.say(`    '${line.trim()}' is none of them`);
  }
}

/** The one choice that a typed word can mean. */
export function choiceMeant(word: string, choices: readonly string[]): string | undefined {
  if (word === "") return undefined;
  const begins = choices.filter((choice) => choice.toLowerCase().startsWith(word.toLowerCase()));
  return (
    choices.find((choice) => choice === word) ??
    choices[/^\d+$/.test(word) ? Number(word) - 1 : -1] ??
    (begins.length === 1 ? begins[0] : undefined)
  );
}
