import { at, object, type Resource } from "#protocols/redfish/resource.ts";
import type { IdentifyFacet } from "../../bmc.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";

/** How a resource's locator light is switched: LocationIndicatorActive, or IndicatorLED on older firmware. */
export function lightOf(resource: Resource): ((on: boolean) => Record<string, boolean | string>) | undefined {
  if (Object.hasOwn(resource.json, "LocationIndicatorActive")) return (on) => ({ LocationIndicatorActive: on });
  if (typeof at(resource, "IndicatorLED") === "string") return (on) => ({ IndicatorLED: on ? "Blinking" : "Off" });
  return undefined;
}

/** The locator light. Redfish has no timer: for a while means that this process waits, and switches it off. */
export function redfishIdentify(line: RedfishLine, places: Places): IdentifyFacet {
  const shine = (on: boolean, signal?: AbortSignal) =>
    line.use(signal, async (client) => {
      const system = await places.system(client, signal);
      for (const one of [system, ...(await places.chassis(client, system, signal))]) {
        const body = lightOf(one)?.(on);
        if (body && object(body)) return void (await client.patch(one.path, body, { resource: one, signal }));
      }
    });

  return {
    light: async (duration, signal) => {
      await shine(duration !== 0, signal);
      if (duration === "forever" || duration === 0) return;
      try {
        await line.clock.sleep(duration, signal);
      } finally {
        await shine(false);
      }
    },
  };
}
