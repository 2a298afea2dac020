import { systemClock } from "#base/clock.ts";
import { UsageError } from "#base/errors.ts";
import { canonicalMac } from "#protocols/wol/packet.ts";
import { sendMagicPacket } from "#protocols/wol/send.ts";
import type { BareBmcTarget, Bmc, PowerAction, PowerFacet } from "../bmc.ts";
import type { BmcDeps } from "../connect.ts";

/**
 * A machine without a controller: a magic packet switches it on, its own shut-down command off, and it counts as on while anything on it answers. So "on" takes
 * as long as it boots, and "off" is only as sure as the look is.
 */
export function connectBare(target: BareBmcTarget, deps: BmcDeps): Bmc {
  const { machine, wake, shutDown, answers } = target;
  const { clock = systemClock } = deps;
  const actions: PowerAction[] = shutDown ? ["on", "soft"] : ["on"];

  const power: PowerFacet = {
    actions,
    indirect: true,
    status: async (signal) => ((await answers(signal)) ? "on" : "off"),
    async act(action, signal) {
      if (action === "on") return sendMagicPacket(wake, { clock, ...(signal ? { signal } : {}) });
      if (action === "soft" && shutDown) return shutDown(signal);
      throw new UsageError("power.unsupported", `without a management controller '${action}' is not possible`, {
        subject: machine,
        advice: `it can do: ${actions.join(", ")}`,
      });
    },
  };

  return {
    key: `wol:${canonicalMac(wake.mac)}`,
    machine,
    power,
    rest: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
