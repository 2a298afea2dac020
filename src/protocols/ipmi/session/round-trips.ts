import { milliseconds, type Ms } from "#base/units.ts";

/** Before anything was measured. */
const unmeasured = 300;
const shortest = 60;
const longest = 2000;

/**
 * How long to wait before a datagram is sent again: RFC 6298 with a shorter least value; what was repeated is not measured (Karn). Where an earlier
 * session found out how fast this BMC is, that comes first: a process that asks 500 BMCs at once measures its own queue.
 */
export class RoundTrips {
  #smooth: number | undefined;
  #spread = 0;
  #known: number | undefined;
  /** Answers in a row to something that was sent again. */
  #doubts = 0;
  /** The slowest answer to something that was sent once, or more often only because it was known for quicker ones. */
  slowest = 0;

  constructor(known?: number) {
    this.#known = known;
  }

  /** The answer came `ms` after the first of `sent` sendings. */
  measured(ms: number, sent: number): void {
    if (sent > 1) {
      if (this.#known !== undefined) this.slowest = Math.max(this.slowest, ms);
      // Once it was lost; twice in a row, this BMC is slower than it was known for: back to the careful way.
      this.#doubts += 1;
      if (this.#doubts > 1) this.#known = undefined;
      return;
    }
    this.#doubts = 0;
    this.slowest = Math.max(this.slowest, ms);
    if (this.#smooth === undefined) {
      this.#smooth = ms;
      this.#spread = ms / 2;
      return;
    }
    this.#spread = 0.75 * this.#spread + 0.25 * Math.abs(this.#smooth - ms);
    this.#smooth = 0.875 * this.#smooth + 0.125 * ms;
  }

  /** The pause after the sending number `attempt` (0 first). `careful` is the least where nothing was known before. */
  pause(attempt: number, floor = 0, careful = 0): Ms {
    const measured = this.#smooth === undefined ? unmeasured : this.#smooth + 4 * this.#spread;
    const base = this.#known === undefined ? Math.max(measured, careful) : 4 * this.#known;
    // A second loss is likelier than a BMC that became slow: it is asked once more at the same pace.
    const doublings = this.#known === undefined || floor > 0 ? attempt : Math.max(0, attempt - 1);
    return milliseconds(Math.min(Math.max(base, shortest, floor) * 2 ** doublings, Math.max(longest, floor)));
  }
}
