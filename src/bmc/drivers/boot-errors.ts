import { RackhandError } from "#base/errors.ts";
import type { BootDevice } from "../bmc.ts";

export function deviceNotKept(machine: string, wanted: BootDevice, read: string): RackhandError {
  return new RackhandError("bmc.boot.not-kept", `told to boot from ${wanted}, the controller says ${read}`, {
    subject: machine,
    advice:
      "the controller ignores or reverts boot overrides; set the boot order in the firmware, or update the controller",
    details: { wanted, read },
  });
}

export function stuckForEver(machine: string, device: BootDevice): RackhandError {
  return new RackhandError("bmc.boot.not-kept", `told to boot from ${device} once, the controller made it permanent`, {
    subject: machine,
    advice: `clear it before the machine restarts for good: rackhand boot ${machine} none`,
  });
}
