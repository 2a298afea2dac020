import { redact } from "#base/secret.ts";
import { harmless, marks, paint, type Marks, type Paint } from "./terminal.ts";
import { tableLines } from "./table.ts";

/** One end of the program's talk: a stream, and whether somebody looks at it. */
export interface Sink {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface OutOptions {
  json: boolean;
  colour: { stdout: boolean; stderr: boolean };
  stdout: Sink;
  stderr: Sink;
  env: NodeJS.ProcessEnv;
}

/**
 * Everything that leaves the program goes through here: results on stdout (lines for people, or one JSON object per line), words for people on stderr.
 * Secrets are taken out of all of it.
 */
export class Out {
  readonly json: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** For lines on stdout. */
  readonly paint: Paint;
  /** For lines on stderr. */
  readonly warn: Paint;
  readonly marks: Marks;

  constructor(options: OutOptions) {
    this.json = options.json;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.paint = paint(options.colour.stdout);
    this.warn = paint(options.colour.stderr);
    this.marks = marks(options.env);
  }

  /** A line for people on stdout; nothing with `--json`. */
  line(text = ""): void {
    if (!this.json) this.stdout.write(`${redact(text)}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  /** A table for people on stdout, its head dimmed. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const safe = rows.map((row) => row.map((cell) => cell.split("\x1b").map(harmless).join("\x1b")));
    const [first = "", ...rest] = tableLines(head, safe);
    this.lines([this.paint.dim(first), ...rest]);
  }

  /** Words for people, on stderr, with and without `--json`. */
  say(text: string): void {
    this.stderr.write(`${redact(text)}\n`);
  }

  /** A job's own output, as it came. */
  raw(stream: "stdout" | "stderr", text: string): void {
    this[stream].write(redact(text));
  }

  row(data: object): void {
    this.#object("row", data);
  }

  event(data: object): void {
    this.#object("event", data);
  }

  /** The last line with `--json`. */
  result(data: object): void {
    this.#object("result", data);
  }

  #object(type: string, data: object): void {
    if (!this.json) return;
    // Value by value: as JSON a secret may be written differently, and one that reads `true` is not to break the line.
    const values = (_key: string, value: unknown) => (typeof value === "string" ? redact(value) : value);
    const { type: _, ...rest } = JSON.parse(JSON.stringify(data, values)) as Record<string, unknown>;
    this.stdout.write(`${JSON.stringify({ type, ...rest })}\n`);
  }
}
