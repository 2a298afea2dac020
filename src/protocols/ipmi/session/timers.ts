import type { Clock } from "#base/clock.ts";
import { milliseconds } from "#base/units.ts";

/** Something that is called once, `due` on the clock's monotonic time. */
export interface Timer {
  due: number;
  fire: () => void;
}

/**
 * All waiting of all sessions on one clock hangs on one sleep: hundreds of BMCs are asked at once, and a timer and an abort controller for each
 * question would cost more than the question.
 */
class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<Timer>();
  #sleeping: { until: number; wake: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(timer: Timer): void {
    this.#pending.add(timer);
    if (this.#sleeping === undefined) void this.#run();
    else if (timer.due < this.#sleeping.until) this.#sleeping.wake.abort();
  }

  remove(timer: Timer): void {
    // The last one gone ends the sleep too, so that no process lingers for a deadline nobody waits for.
    if (this.#pending.delete(timer) && this.#pending.size === 0) this.#sleeping?.wake.abort();
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0) {
      let until = Infinity;
      for (const { due } of this.#pending) until = Math.min(until, due);
      this.#sleeping = { until, wake: new AbortController() };
      const pause = milliseconds(Math.max(1, until - this.#clock.monotonic()));
      await this.#clock.sleep(pause, this.#sleeping.wake.signal).catch(() => undefined);
      // Answers that came while this process was busy lie in the sockets: they are read before anybody is called late.
      await new Promise((resolve) => setImmediate(resolve));
      this.#fire(this.#clock.monotonic());
    }
    this.#sleeping = undefined;
  }

  #fire(now: number): void {
    for (const timer of this.#pending) {
      if (timer.due > now) continue;
      this.#pending.delete(timer);
      timer.fire();
    }
  }
}

const all = new WeakMap<Clock, Timers>();

/** The timers of a clock. */
export function timersOf(clock: Clock): Pick<Timers, "add" | "remove"> {
  let timers = all.get(clock);
  if (timers === undefined) all.set(clock, (timers = new Timers(clock)));
  return timers;
}
