import { actionTarget, type RedfishClient } from "#protocols/redfish/client.ts";
import { link, objects, text, texts, type Resource } from "#protocols/redfish/resource.ts";

/** An action as a resource offers it. */
export interface Offer {
  target: string;
  /** What its parameter may be; undefined: nobody says. */
  values: readonly string[] | undefined;
}

/** The action with the values of one parameter, from the action itself or from its ActionInfo. Undefined where it is not offered. */
export async function offered(
  client: RedfishClient,
  resource: Resource,
  action: string,
  parameter: string,
  signal?: AbortSignal,
): Promise<Offer | undefined> {
  const target = actionTarget(resource, action);
  if (target === undefined) return undefined;
  for (const place of [
    ["Actions", action],
    ["Actions", "Oem", action],
  ] as const) {
    const own = texts(resource, ...place, `${parameter}@Redfish.AllowableValues`);
    if (own.length > 0) return { target, values: own };
    const info = await client.find(link(resource, ...place, "@Redfish.ActionInfo"), { signal });
    const told = objects(info, "Parameters").find((one) => text(one, "Name") === parameter);
    const values = texts(told, "AllowableValues");
    if (values.length > 0) return { target, values };
  }
  return { target, values: undefined };
}
