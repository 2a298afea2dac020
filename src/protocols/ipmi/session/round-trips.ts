import { milliseconds, type Ms } from "#base/units.ts";

/** Before anything was measured: slow controllers compute RAKP in some 100 ms, and a second Open Session would cost them a second slot. */
const unmeasured = 300;
const shortest = 60;
const longest = 2000;

/** How long to wait before a datagram is sent again: RFC 6298 with a shorter least value; what was repeated is not measured (Karn). */
export class RoundTrips {
  #smooth: number | undefined;
  #spread = 0;

  /** The answer came `ms` after the first of `sent` sendings. */
  measured(ms: number, sent: number): void {
    if (sent > 1) return;
    if (this.#smooth === undefined) {
      this.#smooth = ms;
      this.#spread = ms / 2;
      return;
    }
    this.#spread = 0.75 * this.#spread + 0.25 * Math.abs(this.#smooth - ms);
    this.#smooth = 0.875 * this.#smooth + 0.125 * ms;
  }

  /** The pause after the sending number `attempt` (0 first). */
  pause(attempt: number, floor = 0): Ms {
    const base = this.#smooth === undefined ? unmeasured : this.#smooth + 4 * this.#spread;
    return milliseconds(Math.min(Math.max(base, shortest, floor) * 2 ** attempt, Math.max(longest, floor)));
  }
}
