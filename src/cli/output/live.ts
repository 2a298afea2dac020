import type { Sink } from "./out.ts";

/**
 * A region at the bottom of the terminal that is drawn again and again, while finished lines scroll away above it. Every line of the region should fit
 * into one row. Works with anything that understands cursor-up and clear-below.
 */
export class Live {
  readonly #sink: Sink;
  readonly #region: () => string[];
  #rows = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: Sink, region: () => string[]) {
    this.#sink = sink;
    this.#region = region;
  }

  start(): void {
    this.#sink.write("\x1b[?25l");
    process.once("exit", this.#showCursor);
    this.#timer = setInterval(() => this.#draw([]), 120);
    this.#timer.unref();
  }

  /** Lines that stay. */
  print(lines: readonly string[]): void {
    this.#draw(lines);
  }

  /** Takes the region away, lets `write` use the terminal, draws the region again. */
  aside(write: () => void): void {
    this.#sink.write(this.#erase());
    this.#rows = 0;
    write();
    this.#draw([]);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sink.write(this.#erase());
    this.#rows = 0;
    this.#showCursor();
    process.removeListener("exit", this.#showCursor);
  }

  readonly #showCursor = (): void => {
    this.#sink.write("\x1b[?25h");
  };

  #erase(): string {
    return this.#rows > 0 ? `\x1b[${this.#rows}A\r\x1b[J` : "";
  }

  #draw(lines: readonly string[]): void {
    const region = this.#timer === undefined ? [] : this.#region();
    const text = (rows: readonly string[]) => rows.map((row) => `${row}\n`).join("");
    // A row that is too long all the same (wide characters, a window made smaller) is cut by the terminal instead of breaking what is drawn.
    const drawn = region.length > 0 ? `\x1b[?7l${text(region)}\x1b[?7h` : "";
    this.#sink.write(this.#erase() + text(lines) + drawn);
    this.#rows = region.length;
  }
}
