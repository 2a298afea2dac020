import { RackhandError } from "#base/errors.ts";
import { ChassisControl, GetChassisStatus } from "#protocols/ipmi/commands.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import { CompletionCodeError } from "#protocols/ipmi/errors.ts";
import { powerActions, type PowerAction, type PowerFacet } from "../../bmc.ts";
import type { Line } from "./line.ts";

const controls = {
  on: "powerUp",
  off: "powerDown",
  cycle: "powerCycle",
  reset: "hardReset",
  soft: "softShutdown",
  nmi: "diagnosticInterrupt",
} as const;

/** Chassis status and control. The answer to a control comes before the change: whoever needs proof reads the state (power.ts of this part). */
export function ipmiPower(line: Line, machine: string): PowerFacet {
  return {
    actions: powerActions,
    status: (signal) =>
      line.use(
        signal,
        async (to) => (await to.say((session, options) => session.send(GetChassisStatus, {}, options))).power,
      ),
    act: (action, signal) =>
      line.use(signal, async (to) => {
        try {
          await to.say((session, options) => session.send(ChassisControl, { action: controls[action] }, options));
        } catch (error) {
          throw notNow(error, action, machine) ?? error;
        }
      }),
  };
}

/** D5h: provably not done. Given for "off" on a machine that is off, and while a machine is between states. */
function notNow(error: unknown, action: PowerAction, machine: string): RackhandError | undefined {
  if (!(error instanceof CompletionCodeError) || error.completionCode !== CompletionCode.notInThisState)
    return undefined;
  return new RackhandError("power.not-now", `the controller does not do '${action}' in the machine's present state`, {
    subject: machine,
    advice: "look at the power state, and try again",
    retryable: true,
    cause: error,
  });
}
