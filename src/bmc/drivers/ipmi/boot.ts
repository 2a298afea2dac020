import { seconds } from "#base/units.ts";
import type { BootDevice, BootFacet, BootOverride, BootReadBack, IpmiBmcTarget } from "../../bmc.ts";
import { deviceNotKept, stuckForEver } from "../boot-errors.ts";
import { flagsLost, noHttp } from "./boot-errors.ts";
import { readFlags, selectors, tell, writeFlags, type Flags } from "./boot-flags.ts";
import { bootFlagsKept, bootFlagsNotKept, uefiDiskIsRemoteMedia } from "./facts.ts";
import type { Line, Talk } from "./line.ts";

type Bit = BootReadBack["notKept"][number];
type Written = { read: Flags; notKept: Bit[] };

const lookAgainAfter = seconds(1);

/**
 * Boot options 3 and 5 (IPMI 2.0 §28.12). The device selector is always compared after writing. The bits valid, persistent and UEFI are compared too, unless
 * this firmware was seen to forget them: then they are reported in `notKept`. Firmware that we know nothing of gets a second try before that is believed.
 */
export function ipmiBoot(line: Line, target: IpmiBmcTarget): BootFacet {
  const { machine } = target;
  const has = (quirk: string) => [...(target.quirks ?? []), ...(line.known.quirks ?? [])].includes(quirk);

  async function set(to: Talk, override: BootOverride, signal?: AbortSignal): Promise<BootReadBack> {
    const flags = await flagsFor(to, override, machine, has(uefiDiskIsRemoteMedia));
    const { read, notKept } =
      override.device === "none"
        ? await clear(to, flags)
        : await stillThere(to, await write(to, flags, override), override.device, signal);
    const { override: found, valid } = tell(read, has(uefiDiskIsRemoteMedia));
    return { override: { ...found, device: override.device }, valid, notKept };
  }

  async function write(to: Talk, flags: Flags, override: BootOverride): Promise<Written> {
    const knowing = has(bootFlagsNotKept) || has(bootFlagsKept);
    let written = await writeAndCompare(to, flags, override, machine);
    if (written.notKept.length > 0 && !knowing) written = await writeAndCompare(to, flags, override, machine);
    const forgot = written.notKept.length > 0;
    if (forgot && has(bootFlagsKept) && !has(bootFlagsNotKept)) throw flagsLost(machine, written.notKept);
    if (!knowing) line.learn({ quirks: [forgot ? bootFlagsNotKept : bootFlagsKept] });
    return written;
  }

  /** Some firmware answers well, shows what was written, and takes it back a moment later. */
  async function stillThere(to: Talk, written: Written, wanted: BootDevice, signal?: AbortSignal): Promise<Written> {
    await line.pause(lookAgainAfter, signal);
    const read = await readFlags(to);
    const { device, valid } = written.read;
    if (read.device !== device || read.valid !== valid)
      throw deviceNotKept(machine, wanted, read.valid ? read.device : "none");
    return { ...written, read };
  }

  /** No override is left when the device says none, or when what it says is not valid; firmware without a valid bit falls back to the disk. */
  async function clear(to: Talk, flags: Flags): Promise<Written> {
    await writeFlags(to, flags);
    const read = await readFlags(to);
    const noWord = has(bootFlagsNotKept) && read.device !== "disk";
    if (read.device !== "none" && (read.valid || noWord)) throw deviceNotKept(machine, "none", read.device);
    return { read, notKept: [] };
  }

  return {
    get: (signal) => line.use(signal, async (to) => tell(await readFlags(to), has(uefiDiskIsRemoteMedia))),
    set: (override, signal) => line.use(signal, (to) => set(to, override, signal)),
  };
}

/** When the caller does not say which mode, the one that is set now stays: the wrong one makes some UEFI-only firmware try a legacy boot. */
async function flagsFor(to: Talk, override: BootOverride, machine: string, uefiDisk: boolean): Promise<Flags> {
  const { device, persistence } = override;
  if (device === "http") throw noHttp(machine);
  const uefi = override.uefi ?? (await readFlags(to)).uefi;
  return {
    valid: true,
    persistent: persistence === "always" && device !== "none",
    uefi,
    clearCmos: false,
    lockKeyboard: false,
    device: device === "disk" && uefi && uefiDisk ? "remoteMedia" : selectors[device],
    blankScreen: false,
    lockReset: false,
    data3: 0,
    data4: 0,
    data5: 0,
  };
}

/** Writes, reads back, throws when the device differs or a single boot became permanent; gives the bits that were not kept. */
async function writeAndCompare(to: Talk, flags: Flags, override: BootOverride, machine: string): Promise<Written> {
  await writeFlags(to, flags);
  const read = await readFlags(to);
  if (read.device !== flags.device) throw deviceNotKept(machine, override.device, read.device);
  if (read.persistent && !flags.persistent) throw stuckForEver(machine, override.device);
  const notKept: Bit[] = [];
  if (!read.valid) notKept.push("valid");
  if (read.persistent !== flags.persistent) notKept.push("persistence");
  if (read.uefi !== flags.uefi) notKept.push("uefi");
  return { read, notKept };
}
