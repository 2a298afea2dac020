import { link, object, type Reader, type Resource } from "./resource.ts";

/** Where changes of a resource wait to be applied (`@Redfish.Settings`); undefined when it is written itself. */
export function settingsPath(resource: Resource): string | undefined {
  return link(resource, "@Redfish.Settings", "SettingsObject");
}

/**
 * The resource to write a property to: its settings resource where the property is in it (iDRAC 10 and Nokia: `Boot`), else itself (Lenovo SE450 has a
 * settings resource without `Boot`). `writable(client, system, "Boot")`.
 */
export async function writable(reader: Reader, resource: Resource, ...property: readonly string[]): Promise<Resource> {
  const settings = await reader.find(settingsPath(resource));
  return settings !== undefined && has(settings, property) ? settings : resource;
}

/** Null counts: DGX shows the override's properties so while there is none. */
function has(settings: Resource, property: readonly string[]): boolean {
  const name = property.at(-1);
  const holder = object(settings, ...property.slice(0, -1));
  return holder !== undefined && name !== undefined && Object.hasOwn(holder, name);
}
