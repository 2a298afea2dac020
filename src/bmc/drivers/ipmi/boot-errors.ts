import { RackhandError, UsageError } from "#base/errors.ts";
import type { BootDevice, BootReadBack } from "../../bmc.ts";

export function noHttp(machine: string): UsageError {
  return new UsageError("boot.unsupported", "IPMI knows no boot over HTTP", {
    subject: machine,
    advice: "use pxe, or boot over HTTP from the firmware's own menu",
  });
}

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

export function flagsLost(machine: string, bits: BootReadBack["notKept"]): RackhandError {
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
