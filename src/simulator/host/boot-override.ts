/** What firmware can be told to boot. `disk` is also what it does by itself. */
export const bootSources = ["disk", "pxe", "cd", "http", "floppy", "usb", "diagnostic", "bios"] as const;
export type BootSource = (typeof bootSources)[number];

/** An instruction to the firmware, as any face (IPMI now, Redfish later) can leave it. */
export interface BootOrder {
  /** "none": no instruction, the firmware's own order. */
  source: BootSource | "none";
  persistent: boolean;
  uefi: boolean;
}

/**
 * The one place in a server where a boot override is kept, shared by all faces of its BMC. The firmware takes it at the end of POST;
 * an override that was meant for one boot is gone then.
 */
export class BootOverride {
  #order: BootOrder | undefined;
  /** False: the BMC keeps and shows the override, but the firmware boots as if there were none. */
  honoured = true;

  get(): BootOrder | undefined {
    return this.#order && { ...this.#order };
  }

  set(order: BootOrder): void {
    this.#order = { ...order };
  }

  clear(): void {
    this.#order = undefined;
  }

  /** Read by the firmware, once per boot. */
  take(): BootOrder | undefined {
    const order = this.#order;
    if (order && !order.persistent) this.#order = undefined;
    return this.honoured ? order : undefined;
  }
}
