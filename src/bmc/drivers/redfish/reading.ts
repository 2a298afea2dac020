import { RackhandError } from "#base/errors.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { unreadable } from "#protocols/redfish/errors.ts";
import type { Resource } from "#protocols/redfish/resource.ts";

/** The resource; undefined where it is missing or broken, so that the rest can be told all the same. */
export async function readable(
  client: RedfishClient,
  path: string | undefined,
  signal?: AbortSignal,
): Promise<Resource | undefined> {
  try {
    return await client.find(path, { signal });
  } catch (error) {
    if (!(error instanceof RackhandError) || !unreadable.has(error.code)) throw error;
    return undefined;
  }
}

/** The members of a collection, as many as `most`; nothing where it is missing or broken. `whole`: what an expanded member must have to be taken. */
export async function listed(
  client: RedfishClient,
  path: string | undefined,
  options: { signal?: AbortSignal | undefined; most?: number; whole?: readonly string[] },
): Promise<readonly Resource[]> {
  const { signal, most = 512, whole = ["Id", "Name", "@odata.type"] } = options;
  const all: Resource[] = [];
  if (path === undefined) return all;
  try {
    for await (const one of client.collection(path, { signal, expand: whole })) {
      all.push(one);
      if (all.length >= most) break;
    }
  } catch (error) {
    if (!(error instanceof RackhandError) || !unreadable.has(error.code)) throw error;
  }
  return all;
}
