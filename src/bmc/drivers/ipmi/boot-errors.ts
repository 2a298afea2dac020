import { RackhandError, UsageError } from "#base/errors.ts";
import type { BootReadBack } from "../../bmc.ts";

export function noHttp(machine: string): UsageError {
  return new UsageError("boot.unsupported", "IPMI knows no boot over HTTP", {
    subject: machine,
    advice: "use pxe, or boot over HTTP from the firmware's own menu",
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
