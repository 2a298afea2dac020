import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";
import { keysymOf, type Key, type Stroke } from "../keys.ts";
import { keyEvent, qemuKeyEvent } from "./requests.ts";

export interface KeyboardOptions {
  clock: Clock;
  send: (bytes: Uint8Array) => Promise<void>;
  /** Whether the server takes scan codes, as known by now. */
  scanCodes: () => boolean;
}

/** Moves keys and knows which of them are down. */
export class Keyboard {
  readonly #options: KeyboardOptions;
  readonly #held = new Set<Key>();

  constructor(options: KeyboardOptions) {
    this.#options = options;
  }

  async move(key: Key, down: boolean, keysym: number): Promise<void> {
    if (down) this.#held.add(key);
    else this.#held.delete(key);
    const { send, scanCodes } = this.#options;
    await send(scanCodes() ? qemuKeyEvent(keysym, key.scanCode, down) : keyEvent(keysym, down));
  }

  /** Down and up again, `pace` after each movement. Whatever ends it, no key of the stroke stays down. */
  async press(stroke: Stroke, pace: Ms, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    try {
      for (const key of stroke.keys) {
        signal?.throwIfAborted();
        await this.move(key, true, keysymOf(key, stroke));
        await clock.sleep(pace, signal);
      }
    } finally {
      for (const key of stroke.keys.toReversed()) {
        if (!this.#held.has(key)) continue;
        await this.move(key, false, keysymOf(key, stroke));
        await clock.sleep(pace);
      }
    }
  }

  async releaseAll(): Promise<void> {
    for (const key of this.#held) await this.move(key, false, key.keysym);
  }
}
