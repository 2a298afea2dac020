import { seconds } from "#base/units.ts";
import {
  BootFlags,
  BootParameter,
  bootSelectors,
  SetInProgress,
  ValidBitClearing,
} from "#protocols/ipmi/boot-options.ts";
import type { BmcFaults } from "../faults.ts";
import type { BootOrder, BootSource } from "../host/boot-override.ts";
import type { SimulatedServer } from "../server.ts";

type Flags = ReturnType<typeof BootFlags.decode>;
type Selector = keyof typeof bootSelectors;

const sources: Partial<Record<Selector, BootSource | "none">> = {
  none: "none",
  pxe: "pxe",
  disk: "disk",
  diskSafe: "disk",
  diagnostics: "diagnostics",
  cd: "cd",
  setup: "bios",
  remoteFloppy: "floppy",
  remoteCd: "cd",
  remoteMedia: "usb",
  remoteDisk: "usb",
  floppy: "floppy",
};
/** IPMI has no word for HTTP boot: firmware that was told so over Redfish shows it as PXE. */
const selectors: Record<BootSource | "none", Selector> = {
  none: "none",
  pxe: "pxe",
  http: "pxe",
  disk: "disk",
  diagnostics: "diagnostics",
  cd: "cd",
  "physical-cd": "cd",
  bios: "setup",
  floppy: "floppy",
  usb: "remoteMedia",
};
const noFlags = BootFlags.decode(new Uint8Array(5));
/** IPMI 2.0 table 28-14, parameter 3: how long boot flags hold when nobody restarts the machine. */
const validFor = seconds(60);
/** Parameters that are only kept and shown: service partition, boot info acknowledge, boot initiator. */
const plainParameters = new Map([
  [1, 1],
  [2, 1],
  [BootParameter.infoAcknowledge, 2],
  [6, 9],
]);

/** System boot options of one BMC. The override itself lies in the server, where other faces find it too. */
export class BootOptions {
  readonly #server: SimulatedServer;
  readonly #faults: BmcFaults;
  readonly #plain = new Map<number, Uint8Array>();
  #clearing = ValidBitClearing.decode(new Uint8Array(1));
  #progress = SetInProgress.decode(new Uint8Array(1));
  /** The flags as written, true as long as the server's override is still the one that they made. */
  #written: { flags: Flags; revision: number } | undefined;

  constructor(server: SimulatedServer, faults: BmcFaults) {
    this.#server = server;
    this.#faults = faults;
  }

  /** False: there is no such parameter. Throws MalformedError for data that cannot be. */
  set(parameter: number, data: Uint8Array): boolean {
    if (parameter === BootParameter.setInProgress) this.#progress = SetInProgress.decode(data);
    else if (parameter === BootParameter.validBitClearing && this.#faults.parameter3)
      this.#clearing = ValidBitClearing.decode(data);
    else if (parameter === BootParameter.bootFlags) this.#setFlags(BootFlags.decode(data));
    else if (plainParameters.has(parameter)) this.#plain.set(parameter, Uint8Array.from(data));
    else return false;
    return true;
  }

  get(parameter: number): Uint8Array | undefined {
    if (parameter === BootParameter.setInProgress) return SetInProgress.encode(this.#progress);
    if (parameter === BootParameter.validBitClearing && this.#faults.parameter3)
      return ValidBitClearing.encode(this.#clearing);
    if (parameter === BootParameter.bootFlags) return BootFlags.encode(this.#flags());
    const length = plainParameters.get(parameter);
    return length === undefined ? undefined : (this.#plain.get(parameter) ?? new Uint8Array(length));
  }

  #setFlags(flags: Flags): void {
    const { bootOverride, bootOverrideReverts } = this.#faults;
    if (bootOverride === "dropped") return;
    this.#server.override.honoured = bootOverride !== "ignored" && (flags.uefi || !this.#faults.uefiOnly);
    this.#server.override.set(
      this.#order(flags),
      this.#expiry(bootOverride === "reverted" ? bootOverrideReverts : undefined),
    );
    this.#written = { flags: this.#kept(flags), revision: this.#server.override.revision };
  }

  /** What reads back. */
  #kept(flags: Flags): Flags {
    const { bootOverride } = this.#faults;
    if (bootOverride === "bits-lost") return { ...flags, valid: false, persistent: false, uefi: false };
    return bootOverride === "stuck" ? { ...flags, persistent: true } : flags;
  }

  /** What the firmware makes of it. */
  #order(flags: Flags): BootOrder | undefined {
    const order = orderOf(flags);
    if (!order) return undefined;
    const { bootOverride, uefiDiskIsRemoteMedia } = this.#faults;
    if (bootOverride === "stuck") return { ...order, persistent: true };
    if (bootOverride === "first-boot-only") return { ...order, persistent: false };
    if (!uefiDiskIsRemoteMedia || !flags.uefi) return order;
    if (flags.device === "disk") return { ...order, source: "usb" };
    return flags.device === "remoteMedia" ? { ...order, source: "disk" } : order;
  }

  #expiry(reverts: typeof validFor | undefined) {
    if (reverts !== undefined) return { after: reverts, unlessCommanded: false };
    return this.#clearing.commandTimeout ? undefined : { after: validFor, unlessCommanded: true };
  }

  #flags(): Flags {
    const { override } = this.#server;
    if (this.#written?.revision === override.revision) return this.#written.flags;
    const order = override.get();
    if (!order) return noFlags;
    return { ...noFlags, valid: true, persistent: order.persistent, uefi: order.uefi, device: selectors[order.source] };
  }
}

/** The order that valid flags give; flags without the valid bit give none. */
function orderOf(flags: Flags): BootOrder | undefined {
  const source = sources[flags.device];
  if (!flags.valid || source === undefined) return undefined;
  return { source, persistent: flags.persistent, uefi: flags.uefi };
}
