import type { PowerAction } from "#bmc/bmc.ts";
import { ensurePower, pressPower, provenPower } from "#bmc/power.ts";
import { workflow, type StepContext, type Workflow } from "#engine/flow.ts";
import { asking, pressing } from "#workflows/asking.ts";
import type { Fleet } from "#workflows/fleet.ts";

export type PowerInput = { action: PowerAction };
export type PowerResult = { action: PowerAction; before: "on" | "off"; power: "on" | "off" };

const titles: Record<PowerAction, string> = {
  on: "Power on",
  off: "Switch off hard",
  cycle: "Power cycle",
  reset: "Reset",
  soft: "Ask the system to shut down",
  nmi: "Send a diagnostic interrupt (NMI)",
};

/** One power action by a person, read back afterwards. */
export const power = (fleet: Fleet): Workflow<PowerInput, PowerResult> =>
  workflow("power", async ({ step, machine, runId }, { action }) => {
    const subject = await fleet.subject(machine);
    const ensures = action === "on" || action === "off";
    return step(
      titles[action],
      (context) => act(context),
      ensures ? { effect: "ensures", attempts: 3 } : { effect: "once" },
    );

    async function act(context: StepContext): Promise<PowerResult> {
      await using bmc = await subject.open();
      const before = await provenPower(bmc, asking(context));
      const options = pressing(fleet, context, { machine, bmcKey: bmc.key, runId, automatic: false });
      const ensured = action === "on" || action === "off";
      const after = ensured ? await ensurePower(bmc, action, options) : await pressPower(bmc, action, options);
      return { action, before, power: after };
    }
  });
