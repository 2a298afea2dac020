import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";

/** What firmware can be told to boot. `disk` is also what it does by itself; `cd` is what the BMC shows as a drive, `physical-cd` the one in the case. */
export const bootSources = [
  "disk",
  "pxe",
  "cd",
  "physical-cd",
  "http",
  "floppy",
  "usb",
  "diagnostics",
  "bios",
] as const;
export type BootSource = (typeof bootSources)[number];

/** An instruction to the firmware, as any face (IPMI now, Redfish later) can leave it. */
export interface BootOrder {
  /** "none": no instruction, the firmware's own order. */
  source: BootSource | "none";
  persistent: boolean;
  uefi: boolean;
}

interface Expiry {
  after: Ms;
  /** A power command before that makes the override stay. */
  unlessCommanded: boolean;
}

/**
 * The one place in a server where a boot override is kept, shared by all faces of its BMC. The firmware takes it at the end of POST;
 * an override that was meant for one boot is gone then.
 */
export class BootOverride {
  readonly #clock: Clock;
  #order: BootOrder | undefined;
  #expires: { at: number; unlessCommanded: boolean } | undefined;
  #revision = 0;
  /** False: kept and shown, but the firmware boots as if there were none. */
  honoured = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Changes with every change of the override, so that a face knows whether what it wrote still stands. */
  get revision(): number {
    this.#expire();
    return this.#revision;
  }

  get(): BootOrder | undefined {
    this.#expire();
    return this.#order && { ...this.#order };
  }

  set(order: BootOrder | undefined, expiry?: Expiry): void {
    this.#order = order && { ...order };
    this.#expires = expiry && { at: this.#clock.monotonic() + expiry.after, unlessCommanded: expiry.unlessCommanded };
    this.#revision++;
  }

  /** A power command came. */
  commanded(): void {
    this.#expire();
    if (this.#expires?.unlessCommanded) this.#expires = undefined;
  }

  /** Read by the firmware, once per boot. */
  take(): BootOrder | undefined {
    const order = this.get();
    if (order && !order.persistent) this.set(undefined);
    return this.honoured ? order : undefined;
  }

  #expire(): void {
    if (this.#expires && this.#clock.monotonic() >= this.#expires.at) this.set(undefined);
  }
}
