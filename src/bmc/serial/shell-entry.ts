import type { Clock } from "#base/clock.ts";
import { RackhandError, RefusedError, TimeoutError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import type { SerialHolder } from "../serial.ts";
import { promptOf, shellAt, vendorShells, type ShellName, type VendorShell } from "./vendor-shells.ts";

export interface EntryOptions {
  machine: string;
  clock: Clock;
  signal: AbortSignal;
  /** Undefined: the prompt tells. */
  shell: ShellName | undefined;
  type: (text: string) => Promise<void>;
  consent: (holder: SerialHolder) => boolean | Promise<boolean>;
}

/** BMCs take their time to show a prompt. */
const promptPatience = seconds(30);
/** A prompt that came back by then means: not on the console. */
const settle = milliseconds(1500);
/** So much of the end of what came is kept. */
const kept = 64 * 1024;
const notKnown = /extraneous|unknown|invalid|not recognized|not found|syntax|unrecognized|usage/i;

/** From a BMC's own shell to the serial console behind it: reads what the shell says, types what it wants. */
export class ShellEntry {
  readonly #options: EntryOptions;
  #text = "";
  #came: (() => void)[] = [];

  constructor(options: EntryOptions) {
    this.#options = options;
  }

  /** What came since the last command line: after {@link run} the console's first words. */
  get rest(): Uint8Array {
    return Buffer.from(this.#text, "latin1");
  }

  /** The shell prints. */
  data(bytes: Uint8Array): void {
    this.#text = (this.#text + Buffer.from(bytes).toString("latin1")).slice(-kept);
    for (const tell of this.#came.splice(0)) tell();
  }

  /** Resolves on the console, with the shell that was passed. Throws `console.prompt`, `console.shell`, `console.taken`. */
  async run(): Promise<ShellName> {
    const name = await this.#recognise();
    const shell: VendorShell = vendorShells[name];
    if (shell.prompt === undefined) return name;
    let said = "";
    for (const [form, lines] of shell.enter.entries()) {
      said = await this.#enter(shell.prompt, lines);
      if (said === "") return name;
      if (notKnown.test(said)) continue;
      const free = shell.free?.[form];
      if (free && (await this.#mayFree(said))) {
        await this.#say(shell.prompt, free);
        said = await this.#enter(shell.prompt, lines);
        if (said === "") return name;
      }
    }
    throw this.#notEntered(said);
  }

  async #recognise(): Promise<ShellName> {
    const { shell } = this.#options;
    const prompt = shell === undefined ? undefined : promptOf(shell);
    if (shell !== undefined && prompt === undefined) return shell;
    const seen = () => (prompt === undefined ? shellAt(this.#text) : prompt.test(this.#text) ? shell : undefined);
    const found = await this.#until(seen, promptPatience);
    if (found !== undefined) return found;
    throw new TimeoutError(
      "console.prompt",
      `the controller's SSH shell shows no prompt that is known: ${this.#end()}`,
      {
        subject: this.#options.machine,
        advice: "say which shell it is (console: { shell: … }); OpenBMC has its console on port 2200",
      },
    );
  }

  /** What was answered when the prompt came back; "" when it did not: then we are on the console. */
  async #enter(prompt: RegExp, lines: readonly string[]): Promise<string> {
    await this.#say(prompt, lines.slice(0, -1));
    this.#text = "";
    await this.#options.type(`${lines.at(-1)}\r`);
    const back = await this.#until(() => (prompt.test(this.#text) ? this.#text : undefined), settle);
    return back === undefined ? "" : back.trim();
  }

  async #say(prompt: RegExp, lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#text = "";
      await this.#options.type(`${line}\r`);
      await this.#until(() => (prompt.test(this.#text) ? true : undefined), promptPatience);
    }
  }

  async #mayFree(said: string): Promise<boolean> {
    return this.#options.consent({ description: `another session (the controller says: ${oneLine(said)})` });
  }

  #notEntered(said: string): RackhandError {
    const { machine } = this.#options;
    const what = `the controller's shell does not lead to the console: ${oneLine(said)}`;
    if (notKnown.test(said)) return new RackhandError("console.shell", what, { subject: machine });
    return new RefusedError("console.taken", what, { subject: machine, advice: "somebody else may have it" });
  }

  #end(): string {
    return this.#text === "" ? "nothing at all" : oneLine(this.#text.slice(-80));
  }

  /** What `look` finds in what comes; undefined when the time is over. */
  async #until<T>(look: () => T | undefined, within: Ms): Promise<T | undefined> {
    const { clock, signal } = this.#options;
    const over = new AbortController();
    const limit = clock.sleep(within, AbortSignal.any([signal, over.signal]));
    let late = false;
    const ended = limit.then(
      () => (late = true),
      () => (late = true),
    );
    try {
      for (let found = look(); ; found = look()) {
        signal.throwIfAborted();
        if (found !== undefined || late) return found;
        await Promise.race([ended, new Promise<void>((resolve) => this.#came.push(resolve))]);
      }
    } finally {
      over.abort();
    }
  }
}

/** What a controller prints must not move our cursor. */
function oneLine(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- they are what is looked for
      .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
      .trim()
      .slice(0, 160)
  );
}
