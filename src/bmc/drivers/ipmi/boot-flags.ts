import { BootFlags, BootParameter, ValidBitClearing, type bootSelectors } from "#protocols/ipmi/boot-options.ts";
import { GetSystemBootOptions, SetSystemBootOptions } from "#protocols/ipmi/commands.ts";
import { CompletionCodeError } from "#protocols/ipmi/errors.ts";
import type { BootDevice, BootReadBack } from "../../bmc.ts";
import type { Talk } from "./line.ts";

export type Selector = keyof typeof bootSelectors;
export type Flags = ReturnType<typeof BootFlags.decode>;

/** What each word is in parameter 5. */
export const selectors = {
  none: "none",
  pxe: "pxe",
  disk: "disk",
  cd: "cd",
  bios: "setup",
} as const satisfies Partial<Record<BootDevice, Selector>>;

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

/** Reads parameter 5. */
export async function readFlags(to: Talk): Promise<Flags> {
  const parameter = { parameter: BootParameter.bootFlags, set: 0, block: 0 };
  const { data } = await to.say((session, options) => session.send(GetSystemBootOptions, parameter, options));
  return BootFlags.decode(data);
}

/** Writes parameter 3, so that the flags outlive a minute, then parameter 5. */
export async function writeFlags(to: Talk, flags: Flags): Promise<void> {
  await keepBeyondAMinute(to);
  const option = { markInvalid: false, parameter: BootParameter.bootFlags, data: BootFlags.encode(flags) };
  await to.say((session, options) => session.send(SetSystemBootOptions, option, options));
}

/** `uefiDisk`: this firmware's disk is "remote media" in UEFI mode. */
export function tell(flags: Flags, uefiDisk: boolean): BootReadBack<BootDevice | "other"> {
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
