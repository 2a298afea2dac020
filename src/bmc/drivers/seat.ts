import type { Clock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";

/** BMCs drop idle sessions after a minute and have few of them: one that is not used is given back much earlier. */
const idleAfter: Ms = seconds(15);

export interface SeatOptions<Held> {
  clock: Clock;
  /** Waits for our turn on this host and logs in. Is given back what it gave exactly once, to `leave`. */
  enter: (signal?: AbortSignal) => Promise<Held>;
  leave: (held: Held) => Promise<void>;
  /** Somebody else on this host stands in line. */
  wanted: (held: Held) => boolean;
  /** After this error the session is of no more use. */
  spoilt: (error: unknown) => boolean;
}

/**
 * A place at one BMC: a session is opened when somebody has something to say, used in one turn after the other, kept for those who follow shortly, and given up
 * as soon as another process stands in line.
 */
export class Seat<Held> {
  readonly #options: SeatOptions<Held>;
  #held: Held | undefined;
  #turns: Promise<unknown> = Promise.resolve();
  #busy = false;
  #idle = new AbortController();

  constructor(options: SeatOptions<Held>) {
    this.#options = options;
  }

  /** A turn at the BMC. Turns are taken one after the other; `signal` ends the waiting as well as the talking. */
  use<T>(signal: AbortSignal | undefined, act: (held: Held) => Promise<T>): Promise<T> {
    return this.#inTurn(signal, async () => {
      const { enter, wanted, spoilt } = this.#options;
      this.#busy = true;
      this.#idle.abort();
      try {
        this.#held ??= await enter(signal);
        return await act(this.#held);
      } catch (error) {
        if (spoilt(error)) await this.#leave();
        throw error;
      } finally {
        this.#busy = false;
        if (this.#held !== undefined && wanted(this.#held)) await this.#leave();
        else if (this.#held !== undefined) this.#restLater();
      }
    });
  }

  /** Ends the session, if there is one, after the turns that wait already. */
  rest(): Promise<void> {
    return this.#inTurn(undefined, () => this.#leave());
  }

  /** Somebody stands in line: between two turns the session goes at once, otherwise after this turn. */
  makeWay(): void {
    if (!this.#busy) void this.rest();
  }

  async #inTurn<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
    const before = this.#turns;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#turns = before.then(() => done);
    try {
      await unlessAborted(before, signal);
      return await act();
    } finally {
      resolve();
    }
  }

  async #leave(): Promise<void> {
    this.#idle.abort();
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    await this.#options.leave(held);
  }

  #restLater(): void {
    this.#idle = new AbortController();
    this.#options.clock.sleep(idleAfter, this.#idle.signal).then(
      () => this.rest(),
      () => {},
    );
  }
}

function unlessAborted(promise: Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
