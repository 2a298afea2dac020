import type { Clock } from "#base/clock.ts";
import type { BareBmcTarget, Bmc, BmcFacts, BmcTarget, IpmiBmcTarget } from "./bmc.ts";
import { connectBare } from "./drivers/bare.ts";
import { connectIpmi } from "./drivers/ipmi/driver.ts";
import type { Gate } from "./gate.ts";
import type { SessionLedger } from "./ledger.ts";

/** What a driver is given besides its target. */
export interface BmcDeps {
  clock?: Clock;
  /** Default: the gate of this host. */
  gate?: Gate;
  /** Without one, sessions of killed processes are left to the BMC's own time-out. */
  ledger?: SessionLedger;
  /**
   * Called when a session taught something that `target.known` did not say; carries everything that is known now. Calls come one after the other, and
   * `rest` and dispose wait for them: a fact that decides who is a stranger must not be lost because the process ends. What it throws is dropped.
   */
  onFacts?: (machine: string, facts: BmcFacts) => void | Promise<void>;
}

/** Gives the controller's facets. Sends nothing: the first packet goes out with the first facet call, or with `contact`. */
export function connect(target: IpmiBmcTarget | BareBmcTarget, deps: BmcDeps = {}): Bmc {
  return target.kind === "ipmi" ? connectIpmi(target, deps) : connectBare(target, deps);
}

/** As {@link connect}, for controllers of every kind. What only some of them need is loaded when one of them is met. */
export async function connectAny(target: BmcTarget, deps: BmcDeps = {}): Promise<Bmc> {
  switch (target.kind) {
    case "redfish": {
      const { RedfishBmc } = await import("./drivers/redfish/driver.ts");
      return new RedfishBmc(target, deps);
    }
    case "auto": {
      const { AutoBmc } = await import("./drivers/auto/driver.ts");
      return new AutoBmc(target, deps);
    }
    default:
      return connect(target, deps);
  }
}
