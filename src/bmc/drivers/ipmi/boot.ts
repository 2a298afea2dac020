import { RackhandError, UsageError } from "#base/errors.ts";
import { BootFlags, BootParameter, ValidBitClearing, type bootSelectors } from "#protocols/ipmi/boot-options.ts";
import { GetSystemBootOptions, SetSystemBootOptions } from "#protocols/ipmi/commands.ts";
import { CompletionCodeError } from "#protocols/ipmi/errors.ts";
import type { BootDevice, BootFacet, BootOverride, BootReadBack, IpmiBmcTarget } from "../../bmc.ts";
import { bootFlagsKept, bootFlagsNotKept, uefiDiskIsRemoteMedia } from "./facts.ts";
import type { Line, Talk } from "./line.ts";

type Selector = keyof typeof bootSelectors;
type Flags = ReturnType<typeof BootFlags.decode>;
type Bit = BootReadBack["notKept"][number];

const selectors = { none: "none", pxe: "pxe", disk: "disk", cd: "cd", bios: "setup" } as const satisfies Partial<
  Record<BootDevice, Selector>
>;
const devices: Partial<Record<Selector, BootDevice>> = {
  none: "none",
  pxe: "pxe",
  disk: "disk",
  diskSafe: "disk",
  remoteDisk: "disk",
  cd: "cd",
  remoteCd: "cd",
  setup: "bios",
};

/**
 * Boot options 3 and 5 (IPMI 2.0 §28.12). The device selector is always compared after writing. The bits valid, persistent and UEFI are compared too, unless
 * this firmware was seen to forget them: then they are reported in `notKept`. Firmware that we know nothing of gets a second try before that is believed.
 */
export function ipmiBoot(line: Line, target: IpmiBmcTarget): BootFacet {
  const has = (quirk: string) => [...(target.quirks ?? []), ...(line.known.quirks ?? [])].includes(quirk);
  return {
    get: (signal) => line.use(signal, async (to) => tell(await readFlags(to), has(uefiDiskIsRemoteMedia))),
    set: (override, signal) =>
      line.use(signal, async (to) => {
        const write = await flagsFor(to, override, target.machine, has(uefiDiskIsRemoteMedia));
        const compared = () => writeAndCompare(to, write, override, target.machine);
        const knowing = has(bootFlagsNotKept) || has(bootFlagsKept);
        let { read, notKept } = await compared();
        if (notKept.length > 0 && !knowing) ({ read, notKept } = await compared());
        if (notKept.length > 0 && has(bootFlagsKept) && !has(bootFlagsNotKept))
          throw flagsLost(target.machine, notKept);
        if (override.device !== "none" && !knowing) {
          line.learn({ quirks: [notKept.length > 0 ? bootFlagsNotKept : bootFlagsKept] });
        }
        const { override: found, valid } = tell(read, has(uefiDiskIsRemoteMedia));
        return { override: { ...found, device: override.device }, valid, notKept };
      }),
  };
}

async function readFlags(to: Talk): Promise<Flags> {
  const { data } = await to.say((session, options) =>
    session.send(GetSystemBootOptions, { parameter: BootParameter.bootFlags, set: 0, block: 0 }, options),
  );
  return BootFlags.decode(data);
}

function tell(flags: Flags, uefiDisk: boolean): BootReadBack<BootDevice | "other"> {
  const remote = uefiDisk && flags.uefi && flags.device === "remoteMedia";
  return {
    override: {
      device: remote ? "disk" : (devices[flags.device] ?? "other"),
      persistence: flags.persistent ? "always" : "once",
      uefi: flags.uefi,
    },
    valid: flags.valid,
    notKept: [],
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

/** Writes, reads back, throws when the device differs, gives the bits that were not kept. */
async function writeAndCompare(
  to: Talk,
  write: Flags,
  override: BootOverride,
  machine: string,
): Promise<{ read: Flags; notKept: Bit[] }> {
  await keepBeyondAMinute(to);
  await to.say((session, options) =>
    session.send(
      SetSystemBootOptions,
      {
        markInvalid: false,
        parameter: BootParameter.bootFlags,
        data: BootFlags.encode(write),
      },
      options,
    ),
  );
  const read = await readFlags(to);
  if (read.device !== write.device) throw deviceNotKept(machine, override.device, read.device);
  if (read.persistent && !write.persistent && override.device !== "none") throw stuckForEver(machine, override.device);
  // Without an override there is nothing that must be kept.
  if (override.device === "none") return { read, notKept: [] };
  const notKept: Bit[] = [];
  if (!read.valid) notKept.push("valid");
  if (read.persistent !== write.persistent) notKept.push("persistence");
  if (read.uefi !== write.uefi) notKept.push("uefi");
  return { read, notKept };
}

/** Without parameter 3 most firmware forgets the override after 60 s. OpenBMC and others have no parameter 3; they keep it anyway. */
async function keepBeyondAMinute(to: Talk): Promise<void> {
  const keep = { pefReset: false, commandTimeout: true, watchdog: false, resetButton: false, powerButton: false };
  try {
    const data = ValidBitClearing.encode(keep);
    await to.say((session, options) =>
      session.send(
        SetSystemBootOptions,
        { markInvalid: false, parameter: BootParameter.validBitClearing, data },
        options,
      ),
    );
  } catch (error) {
    if (!(error instanceof CompletionCodeError)) throw error;
  }
}

function noHttp(machine: string): UsageError {
  return new UsageError("boot.unsupported", "IPMI knows no boot over HTTP", {
    subject: machine,
    advice: "use pxe, or boot over HTTP from the firmware's own menu",
  });
}

function deviceNotKept(machine: string, wanted: BootDevice, read: Selector): RackhandError {
  return new RackhandError(
    "bmc.boot.not-kept",
    `told to boot from ${wanted}, the controller says ${devices[read] ?? read}`,
    {
      subject: machine,
      advice:
        "the controller ignores or reverts boot overrides; set the boot order in the firmware, or update the controller",
      details: { wanted, read },
    },
  );
}

function stuckForEver(machine: string, device: BootDevice): RackhandError {
  return new RackhandError("bmc.boot.not-kept", `told to boot from ${device} once, the controller made it permanent`, {
    subject: machine,
    advice: `clear it before the machine restarts for good: rackhand boot ${machine} none`,
  });
}

function flagsLost(machine: string, bits: readonly Bit[]): RackhandError {
  return new RackhandError(
    "bmc.boot.not-kept",
    `the controller did not keep ${bits.join(", ")} of the boot flags, which it did before`,
    {
      subject: machine,
      advice: "somebody else may be setting boot options, or the controller restarted; try again",
      retryable: true,
    },
  );
}
