import { UsageError } from "#base/errors.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import type { Resource } from "#protocols/redfish/resource.ts";
import type { ManagerFacet } from "../../facets.ts";
import { offered } from "./actions.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";

/** The gentle one first; several controllers have only one of the two. */
const resetTypes = ["GracefulRestart", "ForceRestart"];

/** Manager.Reset. */
export function redfishManager(line: RedfishLine, places: Places): ManagerFacet {
  return {
    reset: (signal) =>
      line.use(signal, async (client) => {
        const system = await places.system(client, signal);
        const [manager] = await places.managers(client, system, signal);
        const offer = manager && (await managerReset(client, manager, signal));
        if (!offer)
          throw new UsageError("bmc.reset.absent", "this controller cannot be restarted over Redfish", {
            subject: line.target.machine,
          });
        const type = resetTypes.find((one) => offer.values?.includes(one)) ?? offer.values?.[0];
        await client.post(offer.target, type === undefined ? {} : { ResetType: type }, { signal });
      }),
  };
}

export const managerReset = (client: RedfishClient, manager: Resource, signal?: AbortSignal) =>
  offered(client, manager, "#Manager.Reset", "ResetType", signal);
