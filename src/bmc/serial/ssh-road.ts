import type { Clock } from "#base/clock.ts";
import { milliseconds, seconds } from "#base/units.ts";
import type { SshLogin } from "#protocols/ssh/login.ts";
import type { Connection, Road, RoadHooks } from "./road.ts";
import { noBreak } from "./no-break.ts";
import { ShellEntry } from "./shell-entry.ts";
import { promptOf, vendorShells, type ShellName } from "./vendor-shells.ts";

export interface SshRoadTarget {
  machine: string;
  host: string;
  port: number;
  login: SshLogin;
  /** Undefined: the prompt tells. */
  shell?: ShellName;
  oldAlgorithms?: boolean;
  /** Default: where OpenSSH looks. */
  knownHosts?: readonly string[];
}

const consolePort = 2200;
/** As NVIDIA's bare-metal-manager-core does it. */
const keepAlive = { every: seconds(60), misses: 2 };
/** A prompt of the controller's that stands so long with nothing behind it: the console threw us back. */
const thrownBackAfter = milliseconds(700);
const tail = 200;

/** A serial console behind a controller's own SSH shell, or on its port 2200 without one. */
export class SshRoad implements Road {
  readonly diesOfReset = false;
  readonly #target: SshRoadTarget;
  readonly #clock: Clock;
  #shell: ShellName | undefined;

  constructor(target: SshRoadTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.#shell = target.shell ?? (target.port === consolePort ? "openbmc" : undefined);
  }

  get name(): string {
    return `SSH to ${this.#target.host}:${this.#target.port}`;
  }

  get machine(): string {
    return this.#target.machine;
  }

  leave(): Uint8Array {
    return this.#shell === undefined ? new Uint8Array(0) : vendorShells[this.#shell].leave;
  }

  async connect(hooks: RoadHooks, how: Parameters<Road["connect"]>[1]): Promise<Connection> {
    const { openShell } = await import("#protocols/ssh/shell.ts");
    const { machine } = this.#target;
    const early: Uint8Array[] = [];
    let sink = (bytes: Uint8Array): void => {
      early.push(bytes);
    };
    let ended: string | undefined;
    const over = new AbortController();
    const end = (why: string) => {
      ended ??= why;
      over.abort();
      hooks.end({ why: "lost", detail: why });
    };
    const shell = await openShell({
      ...this.#target,
      clock: this.#clock,
      signal: how.signal,
      keepAlive,
      data: (bytes) => sink(bytes),
      end,
    });
    try {
      const entry = new ShellEntry({
        machine,
        clock: this.#clock,
        signal: AbortSignal.any([how.signal, over.signal]),
        shell: this.#shell,
        type: (text) => shell.write(Buffer.from(text)),
        consent: how.consent,
      });
      sink = (bytes) => entry.data(bytes);
      // On a port without a shell all that comes is the console's.
      if (this.#shell === "openbmc") sink = hooks.data;
      for (const bytes of early.splice(0)) sink(bytes);
      this.#shell = await entry.run();
      if (this.#shell !== "openbmc") hooks.data(entry.rest);
      sink = this.#watched(this.#shell, hooks, over.signal, () => void shell.close().then(() => end(thrownBack)));
    } catch (error) {
      await shell.close();
      throw error;
    }
    const close = async () => {
      over.abort();
      await shell.close();
    };
    return { write: (bytes) => shell.write(bytes), break: () => noBreak(machine, "over SSH"), close };
  }

  /** The controller's prompt at the end of what comes: it is waited whether anything follows. */
  #watched(name: ShellName, hooks: RoadHooks, signal: AbortSignal, back: () => void): (bytes: Uint8Array) => void {
    const prompt = promptOf(name);
    if (prompt === undefined) return hooks.data;
    let end = "";
    let count = 0;
    return (bytes) => {
      hooks.data(bytes);
      const mine = ++count;
      end = (end + Buffer.from(bytes).toString("latin1")).slice(-tail);
      if (!prompt.test(end)) return;
      const look = () => mine === count && back();
      this.#clock.sleep(thrownBackAfter, signal).then(look, () => undefined);
    };
  }
}

const thrownBack = "it fell back to the controller's own shell";
