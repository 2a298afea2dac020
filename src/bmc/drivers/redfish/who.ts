import type { RedfishClient } from "#protocols/redfish/client.ts";
import { link, object, text, type Resource } from "#protocols/redfish/resource.ts";
import type { BmcInfo } from "../../bmc.ts";
import { given, meant } from "./read.ts";
import { uuidOf } from "./uuid.ts";
import type { Found } from "./vendor.ts";

/** What a vendor is told by (handbook 3.1), as it was read. */
export function foundBy(root: Resource, systems: readonly Resource[], managers: readonly Resource[]): Found {
  const [system] = systems;
  const [manager] = managers;
  const keys = (resource: Resource | undefined) => Object.keys(object(resource, "Oem") ?? {});
  return {
    rootOem: keys(root),
    vendor: text(root, "Vendor"),
    product: text(root, "Product"),
    maker: meant(text(system, "Manufacturer")),
    model: meant(text(system, "Model")),
    managerMaker: meant(text(manager, "Manufacturer")),
    managerModel: text(manager, "Model"),
    managerOem: keys(manager),
    firmware: meant(text(manager, "FirmwareVersion")),
    offers: JSON.stringify([system?.json["Actions"] ?? {}, manager?.json["Actions"] ?? {}]).slice(0, 20_000),
    managerName: text(manager, "Name"),
  };
}

/** Who controller and server are. The server may be one of several that nobody chose between: then what they have in common. */
export async function infoOf(
  client: RedfishClient,
  found: Found,
  driver: { label: string } | undefined,
  system: Resource | undefined,
  manager: Resource | undefined,
  signal?: AbortSignal,
): Promise<BmcInfo> {
  const root = await client.root({ signal });
  const guid = uuidOf(text(root, "UUID")) ?? uuidOf(text(manager, "UUID"));
  const uuid = uuidOf(text(system, "UUID"));
  return given({
    guid: guid === undefined ? undefined : withDashes(guid),
    vendor: driver?.label ?? found.vendor ?? found.maker,
    manufacturer: nameOf(found.maker) ?? nameOf(found.vendor) ?? driver?.label,
    product: found.model ?? meant(found.product) ?? found.managerModel,
    firmware: found.firmware ?? (await firmwareFromInventory(client, root, signal)),
    serial: meant(text(system, "SerialNumber")),
    uuid: uuid === undefined ? undefined : withDashes(uuid),
    bios: meant(text(system, "BiosVersion")),
  });
}

/** A maker's web address is no name (BlueField). */
const nameOf = (maker: string | undefined): string | undefined =>
  maker === undefined || /^https?:/i.test(maker) ? undefined : maker;

const withDashes = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** Where the manager does not tell its version (HPE Cray), the inventory of the update service may. */
async function firmwareFromInventory(
  client: RedfishClient,
  root: Resource,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const service = await client.find(link(root, "UpdateService"), { signal });
  const path = link(service, "FirmwareInventory");
  if (path === undefined || !(await client.find(path, { signal }))) return undefined;
  for await (const one of client.collection(path, { signal, most: 200 })) {
    if (/^bmc\b|management controller/i.test(`${text(one, "Id") ?? ""} ${text(one, "Description") ?? ""}`))
      return meant(text(one, "Version"));
  }
  return undefined;
}
