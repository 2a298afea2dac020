import type { App } from "#app/app.ts";
import { UsageError } from "#base/errors.ts";
import { formatDuration, milliseconds, parseDuration, type Ms } from "#base/units.ts";
import type { Out } from "./output/out.ts";

export interface CallOptions {
  arguments: readonly (string | readonly string[] | undefined)[];
  options: Readonly<Record<string, unknown>>;
  out: Out;
  env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C, SIGTERM and a hang-up. */
  signal: AbortSignal;
  /** Somebody sits there: stdin and stderr are a terminal. */
  interactive: boolean;
}

/** One use of a command: its words, the way to talk, and the application behind it, built when first asked for. */
export class Call implements AsyncDisposable {
  readonly out: Out;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly interactive: boolean;
  readonly #arguments: CallOptions["arguments"];
  readonly #options: CallOptions["options"];
  #app: Promise<App> | undefined;

  constructor(options: CallOptions) {
    this.out = options.out;
    this.env = options.env;
    this.signal = options.signal;
    this.interactive = options.interactive;
    this.#arguments = options.arguments;
    this.#options = options.options;
  }

  /** The argument at `index`; "" when an optional one was left out. */
  argument(index: number): string {
    const value = this.#arguments[index];
    return typeof value === "string" ? value : "";
  }

  /** All words of a variadic argument. */
  words(index: number): readonly string[] {
    const value = this.#arguments[index];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** An option that is there or not, by its name in camelCase. */
  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** An option's value. */
  value(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** A duration of at least `least`. */
  duration(name: string, least: Ms = milliseconds(0)): Ms | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const given = parseDuration(text);
    if (given >= least) return given;
    throw new UsageError("usage.duration", `--${name} takes at least ${formatDuration(least)}, not '${text}'`);
  }

  /** A whole number of at least `least`. */
  count(name: string, least = 0): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const n = Number(text);
    if (Number.isInteger(n) && n >= least && /^\d+$/.test(text)) return n;
    throw new UsageError(
      "usage.number",
      `--${name} takes a whole number${least > 0 ? ` of at least ${least}` : ""}, not '${text}'`,
    );
  }

  /** The same talk about other words: how one command does another. */
  with(words: Pick<CallOptions, "arguments" | "options">): Call {
    return new Call({ out: this.out, env: this.env, signal: this.signal, interactive: this.interactive, ...words });
  }

  app(): Promise<App> {
    this.#app ??= this.#open();
    return this.#app;
  }

  async #open(): Promise<App> {
    const { openApp } = await import("#app/open.ts");
    const [estate, state] = [this.value("estate"), this.value("state")];
    return openApp({
      env: this.env,
      ...(estate === undefined ? {} : { estate }),
      ...(state === undefined ? {} : { state }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const app = await this.#app?.catch(() => undefined);
    await app?.[Symbol.asyncDispose]();
  }
}
