import { UsageError } from "#base/errors.ts";
import type { BootDevice } from "../../bmc.ts";

export function notOffered(machine: string, device: BootDevice, targets: readonly string[]): UsageError {
  return new UsageError("boot.unsupported", `this controller does not offer to boot from ${device}`, {
    subject: machine,
    advice: targets.length > 0 ? `it offers: ${targets.slice(0, 20).join(", ")}` : "choose it on the console",
  });
}

export function onlyOnce(machine: string, wanted: "Once" | "Continuous"): UsageError {
  const [has, flag] = wanted === "Continuous" ? ["once", "--once"] : ["for good", "--always"];
  return new UsageError("boot.unsupported", `this controller sets boot devices ${has} only`, {
    subject: machine,
    advice: `say ${flag}, or set the boot order in the firmware`,
  });
}

export function modeNotOffered(machine: string, mode: "UEFI" | "Legacy"): UsageError {
  return new UsageError("boot.unsupported", `this controller does not offer ${mode} boots`, {
    subject: machine,
    advice: `leave --${mode.toLowerCase()} out, or change the mode in the firmware's settings`,
  });
}
