import { actionTarget } from "#protocols/redfish/client.ts";
import type { VendorDriver } from "../redfish/vendor.ts";

/** Its own reset and the name of that one's parameter, before and after the company's change of name. */
const resets = [
  ["#FTSComputerSystem.Reset", "FTSResetType"],
  ["#FsasComputerSystem.Reset", "FsasResetType"],
] as const;

/** iRMC S4 to S6: PATCH wants If-Match; a power cycle is an action of its own. */
export const fujitsu: VendorDriver = {
  id: "fujitsu",
  label: "Fujitsu iRMC",
  names: /fujitsu|^fsas|\birmc\b/i,
  quirks: () => ["etag-required"],
  presses: (system, action) =>
    action !== "cycle"
      ? []
      : resets.flatMap(([name, parameter]) => {
          const target = actionTarget(system, name);
          return target === undefined ? [] : [{ target, body: { [parameter]: "PowerCycle" } }];
        }),
};
