import { RackhandError } from "#base/errors.ts";
import type { BootDevice, BootOverride } from "#bmc/bmc.ts";
import { workflow, type Workflow } from "#engine/flow.ts";
import type { Fleet } from "#workflows/fleet.ts";

export type BootInput = { device: BootDevice; persistence: "once" | "always"; uefi?: boolean };
export type BootResult = {
  device: BootDevice;
  persistence: "once" | "always";
  uefi: boolean | null;
  valid: boolean;
  notKept: readonly string[];
};

/** Sets the boot override and reads it back. */
export const boot = (fleet: Fleet): Workflow<BootInput, BootResult> =>
  workflow("boot", async ({ step, machine }, input) => {
    const subject = await fleet.subject(machine);
    return step(
      `Set the boot device to ${input.device}, read it back`,
      async (context): Promise<BootResult> => {
        await using bmc = await subject.open();
        await bmc.contact?.(context.signal);
        if (!bmc.boot) {
          throw new RackhandError("boot.absent", "its management controller cannot set a boot device", {
            subject: machine,
            advice: "choose it on the console",
          });
        }
        await context.mayChange();
        const override: BootOverride = {
          device: input.device,
          persistence: input.persistence,
          ...(input.uefi === undefined ? {} : { uefi: input.uefi }),
        };
        const { override: read, valid, notKept } = await bmc.boot.set(override, context.signal);
        return { device: read.device, persistence: read.persistence, uefi: read.uefi ?? null, valid, notKept };
      },
      { effect: "ensures", attempts: 3 },
    );
  });
