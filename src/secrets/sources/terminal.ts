import { openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import { CancelledError } from "#base/errors.ts";

/** A line typed so far, and whether it is finished. */
interface Typed {
  text: string;
  ended?: "enter" | "interrupt";
}

/** Applies one key: Enter and Ctrl-D end, Ctrl-C interrupts, Backspace takes one character back, Ctrl-U all. */
export function typeKey(text: string, key: string): Typed {
  if (key === "\r" || key === "\n" || key === "\u0004") return { text, ended: "enter" };
  if (key === "\u0003") return { text, ended: "interrupt" };
  if (key === "\u007f" || key === "\b") return { text: [...text].slice(0, -1).join("") };
  if (key === "\u0015") return { text: "" };
  return { text: key < " " ? text : text + key };
}

function openTerminal(): { input: ReadStream; output: WriteStream } | undefined {
  try {
    return { input: new ReadStream(openSync("/dev/tty", "r")), output: new WriteStream(openSync("/dev/tty", "w")) };
  } catch {
    return undefined;
  }
}

/** Asks on the controlling terminal, without echo, whatever stdin and stdout are; undefined when the process has none. */
export async function askOnTerminal(question: string, signal?: AbortSignal): Promise<string | undefined> {
  const terminal = openTerminal();
  if (!terminal) return undefined;
  const { input, output } = terminal;
  try {
    output.write(`${question}: `);
    input.setRawMode(true);
    input.setEncoding("utf8");
    return await new Promise<string>((resolve, reject) => {
      let text = "";
      signal?.addEventListener("abort", () => reject(new CancelledError()), { once: true });
      input.on("data", (chunk) => {
        for (const key of String(chunk)) {
          const typed = typeKey(text, key);
          text = typed.text;
          if (typed.ended === "enter") return resolve(text);
          if (typed.ended === "interrupt") return reject(new CancelledError());
        }
      });
    });
  } finally {
    input.setRawMode(false);
    output.write("\n");
    input.destroy();
    output.destroy();
  }
}
