import type { Clock } from "#base/clock.ts";
import { errorRecord, RackhandError, RefusedError, UsageError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import type { SerialInput, SerialLine, SerialOptions } from "../serial.ts";
import { InputQueue } from "./input-queue.ts";
import { LeaveFilter } from "./leave-filter.ts";
import type { Connection, Road, RoadEnd, RoadHooks } from "./road.ts";

const firstPause = seconds(1);
const longestPause = seconds(30);
/** How often it is looked whether a console that was taken is free. */
const lookAgain = seconds(15);
/** A host that was reset prints something by then. */
const resetPatience = seconds(30);

const nobodyAsked = () => false;

/** Opens the road and keeps it open. Throws what the first connection throws. */
export async function openLine(road: Road, clock: Clock, options: SerialOptions = {}): Promise<SerialLine> {
  const line = new KeptLine(road, clock, options);
  await line.begin();
  return line;
}

/** A console whose connection is made anew when it is lost. */
class KeptLine implements SerialLine {
  readonly #road: Road;
  readonly #clock: Clock;
  readonly #options: SerialOptions;
  readonly #queue = new InputQueue();
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  #filter = new LeaveFilter(new Uint8Array(0));
  #connection: Connection | undefined;
  /** When the connection was lost; undefined: there has been none yet. */
  #lostAt: number | undefined;
  /** Nothing came of this connection yet. */
  #fresh = true;
  #heardAt = 0;
  /** Counts connections: what a connection says that is gone is not for us. */
  #number = 0;

  constructor(road: Road, clock: Clock, options: SerialOptions) {
    this.#road = road;
    this.#clock = clock;
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#over.signal]) : this.#over.signal;
  }

  get name(): string {
    return this.#road.name;
  }

  async begin(): Promise<void> {
    const { consent = nobodyAsked } = this.#options;
    await this.#connect(consent);
    const { signal } = this.#options;
    const aborted = () => void this.#abandon(signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true });
    this.#over.signal.addEventListener("abort", () => signal?.removeEventListener("abort", aborted), { once: true });
    if (signal?.aborted) aborted();
  }

  next(): Promise<SerialInput | undefined> {
    return this.#queue.next();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SerialInput> {
    for (let input = await this.next(); input !== undefined; input = await this.next()) yield input;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const connection = this.#connected();
    await connection.write(this.#filter.pass(bytes));
  }

  async break(): Promise<void> {
    await this.#connected().break();
  }

  hostWasReset(): void {
    if (!this.#road.diesOfReset) return;
    const since = this.#clock.monotonic();
    const number = this.#number;
    const silent = () => {
      if (this.#heardAt > since || this.#number !== number || !this.#connection) return;
      void this.#connection.close();
      this.#ended({ why: "lost", detail: "nothing came after the reset" });
    };
    this.#clock.sleep(resetPatience, this.#signal).then(silent, () => undefined);
  }

  close(): Promise<void> {
    return this.#abandon();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(): Connection {
    if (this.#connection) return this.#connection;
    throw new RackhandError("console.not-connected", "the serial console is not connected at the moment", {
      subject: this.#road.machine,
      retryable: true,
      advice: "nothing was typed; wait until it is connected again",
    });
  }

  async #connect(consent: NonNullable<SerialOptions["consent"]>): Promise<void> {
    const number = ++this.#number;
    let early: RoadEnd | undefined;
    const isMine = () => number === this.#number && !this.#over.signal.aborted;
    const mine = () => isMine() && this.#arrived();
    const hooks: RoadHooks = {
      data: (bytes) => {
        this.#heardAt = this.#clock.monotonic();
        if (mine()) this.#queue.data(bytes);
      },
      gap: (why) => mine() && this.#queue.gap(why),
      host: (available) => mine() && this.#queue.put({ type: "host", available }),
      brk: () => mine() && this.#queue.put({ type: "break" }),
      end: (end) => {
        if (!isMine()) return;
        if (this.#connection) this.#ended(end);
        else early = end;
      },
    };
    const connection = await this.#road.connect(hooks, { signal: this.#signal, consent });
    if (!isMine()) return connection.close();
    this.#arrived();
    this.#filter = new LeaveFilter(this.#road.leave());
    this.#connection = connection;
    if (early) this.#ended(early);
  }

  /** The first word of a connection: behind it stands what the connection brings. */
  #arrived(): true {
    if (!this.#fresh) return true;
    this.#fresh = false;
    const lost = this.#lostAt;
    if (lost !== undefined) this.#queue.gap("reconnected", Math.round((this.#clock.monotonic() - lost) / 1000));
    this.#queue.put({ type: "connected" });
    return true;
  }

  #ended(end: RoadEnd): void {
    if (this.#over.signal.aborted) return;
    this.#fresh = true;
    this.#connection = undefined;
    this.#number += 1;
    this.#lostAt = this.#clock.monotonic();
    const { whenTaken = "end" } = this.#options;
    if (end.why === "released") return this.#finish(givenAway(this.#road.machine));
    if (end.why === "taken" && whenTaken === "end") return this.#finish(takenFromUs(this.#road.machine, end.by));
    void this.#comeBack(end);
  }

  /** Tries until it is back, or there is no point in it. Never takes the console from anybody. */
  async #comeBack(first: Passing): Promise<void> {
    let end = first;
    for (let pause = firstPause; ; pause = milliseconds(Math.min(longestPause, pause * 2))) {
      const again = end.why === "taken" ? lookAgain : pause;
      this.#tell(end, again);
      try {
        await this.#clock.sleep(again, this.#signal);
        await this.#connect(nobodyAsked);
        return;
      } catch (error) {
        if (this.#signal.aborted) return this.#finish(this.#over.signal.aborted ? undefined : this.#signal.reason);
        const next = this.#afterFailure(error);
        if (next === undefined) return this.#finish(error);
        end = next;
      }
    }
  }

  #tell(end: Passing, again: Ms): void {
    if (end.why === "taken") this.#queue.put({ type: "taken", by: end.by, again });
    else this.#queue.put({ type: "lost", detail: end.detail, again });
  }

  /** What a failed try means for the next; undefined: it will not get better. */
  #afterFailure(error: unknown): Passing | undefined {
    const { code, message } = errorRecord(error);
    if (code === "console.taken") {
      return (this.#options.whenTaken ?? "end") === "wait" ? { why: "taken", by: message } : undefined;
    }
    const hopeless = error instanceof RefusedError || error instanceof UsageError || code.startsWith("bmc.auth");
    return hopeless || code === "console.disabled" ? undefined : { why: "lost", detail: message, error };
  }

  async #abandon(why?: unknown): Promise<void> {
    this.#over.abort();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
    this.#queue.end(why);
  }

  #finish(error?: unknown): void {
    this.#over.abort();
    this.#queue.end(error);
  }
}

/** Ends after which it is tried again. */
type Passing = Exclude<RoadEnd, { why: "released" }>;

function givenAway(machine: string): RefusedError {
  return new RefusedError("console.released", "the serial console was given up: 'rackhand bmc release' asked for it", {
    subject: machine,
    advice: "open it again when it is free",
  });
}

function takenFromUs(machine: string, by: string): RefusedError {
  return new RefusedError("console.taken", `the serial console was taken over by ${by}`, {
    subject: machine,
    advice: "ask them, or open it again and take it back",
  });
}
