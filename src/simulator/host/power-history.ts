import type { Clock } from "#base/clock.ts";
import { milliseconds, type Ms } from "#base/units.ts";

type Power = "on" | "off";

/** When a server had power and when not. Starts without. */
export class PowerHistory {
  readonly #clock: Clock;
  readonly #changes: { at: number; power: Power }[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#changes = [{ at: clock.monotonic(), power: "off" }];
  }

  get now(): Power {
    return this.#changes.at(-1)?.power ?? "off";
  }

  record(power: Power): void {
    if (power === this.now) return;
    this.#changes.push({ at: this.#clock.monotonic(), power });
    if (this.#changes.length > 256) this.#changes.shift();
  }

  /** The power as it was so long before now. */
  ago(ago: Ms): Power {
    const moment = this.#clock.monotonic() - ago;
    return (this.#changes.findLast(({ at }) => at <= moment) ?? this.#changes[0])?.power ?? this.now;
  }

  /** How long it has had power without a break. */
  onFor(): Ms {
    const last = this.#changes.at(-1);
    return milliseconds(last?.power === "on" ? this.#clock.monotonic() - last.at : 0);
  }
}
