import type { RedfishClient } from "#protocols/redfish/client.ts";
import { flag, link, links, number, objects, text, type Resource } from "#protocols/redfish/resource.ts";
import type { Inventory, InventoryFacet } from "../../facets.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";
import { given, meant } from "./read.ts";
import { listed, readable } from "./reading.ts";

/** More of one kind than this are not read one by one. */
const most = 512;
const whole = ["Id", "Name", "@odata.type", "Status"];

/** What the server is made of. What one controller leaves out, another has elsewhere; what cannot be read is left out. */
export function redfishInventory(line: RedfishLine, places: Places): InventoryFacet {
  return {
    read: (signal) =>
      line.use(signal, async (client) => {
        const system = await places.system(client, signal);
        const [manager] = await places.managers(client, system, signal);
        const chassis = await places.chassis(client, system, signal);
        const below = (resource: Resource | undefined, ...keys: string[]) =>
          listed(client, link(resource, ...keys), { signal, whole });
        return {
          system: systemOf(system),
          manager: managerOf(manager),
          chassis: chassis.map(chassisOf),
          processors: (await below(system, "Processors")).filter(isPresent).filter(isCpu).map(processorOf),
          memory: {
            ...given({ totalMib: mib(number(system, "MemorySummary", "TotalSystemMemoryGiB")) }),
            modules: (await below(system, "Memory")).filter(isPresent).map(moduleOf),
          },
          interfaces: (await below(system, "EthernetInterfaces")).flatMap(interfaceOf),
          drives: await drivesOf(client, system, signal),
        };
      }),
  };
}

function systemOf(system: Resource): Inventory["system"] {
  return given({
    manufacturer: meant(text(system, "Manufacturer")),
    model: meant(text(system, "Model")),
    serial: meant(text(system, "SerialNumber")),
    sku: meant(text(system, "SKU")),
    uuid: text(system, "UUID"),
    hostName: meant(text(system, "HostName")),
    assetTag: meant(text(system, "AssetTag")),
    bios: meant(text(system, "BiosVersion")),
    health: text(system, "Status", "HealthRollup") ?? text(system, "Status", "Health"),
  });
}

function managerOf(manager: Resource | undefined): Inventory["manager"] {
  return given({
    model: meant(text(manager, "Model")),
    firmware: meant(text(manager, "FirmwareVersion")),
    uuid: text(manager, "UUID"),
    health: text(manager, "Status", "Health"),
  });
}

function chassisOf(chassis: Resource): Inventory["chassis"][number] {
  return given({
    type: text(chassis, "ChassisType"),
    manufacturer: meant(text(chassis, "Manufacturer")),
    model: meant(text(chassis, "Model")),
    serial: meant(text(chassis, "SerialNumber")),
    part: meant(text(chassis, "PartNumber")),
  });
}

const isPresent = (one: Resource): boolean => text(one, "Status", "State") !== "Absent";
const isCpu = (one: Resource): boolean => (text(one, "ProcessorType") ?? "CPU") === "CPU";
const nameOf = (one: Resource): string => text(one, "Name") ?? text(one, "Id") ?? one.path;
const mib = (gib: number | undefined): number | undefined => (gib === undefined ? undefined : Math.round(gib * 1024));

function processorOf(one: Resource): Inventory["processors"][number] {
  const fields = {
    model: meant(text(one, "Model")),
    cores: number(one, "TotalCores"),
    threads: number(one, "TotalThreads"),
    mhz: number(one, "MaxSpeedMHz"),
  };
  return { name: text(one, "Socket") ?? nameOf(one), ...given(fields) };
}

/** `DIMMStatus`, `SizeMB` and others are words of Redfish's first years (iLO, iDRAC). */
function moduleOf(one: Resource): Inventory["memory"]["modules"][number] {
  const fields = {
    mib: number(one, "CapacityMiB") ?? number(one, "SizeMB"),
    kind: text(one, "MemoryDeviceType") ?? text(one, "DIMMType"),
    mhz: number(one, "OperatingSpeedMhz") ?? number(one, "MaximumFrequencyMHz"),
    serial: meant(text(one, "SerialNumber")),
    part: meant(text(one, "PartNumber")),
  };
  return { slot: text(one, "DeviceLocator") ?? nameOf(one), ...given(fields) };
}

/** Those without an address are nothing that one could plug a cable into. The BMC's own USB network is left out. */
function interfaceOf(one: Resource): Inventory["interfaces"] {
  const mac = text(one, "PermanentMACAddress") ?? text(one, "MACAddress");
  if (mac === undefined || !/^[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}/i.test(mac) || /^[0:-]+$/.test(mac)) return [];
  if (/usb|host interface|redfish host/i.test(`${text(one, "Id") ?? ""} ${text(one, "Description") ?? ""}`)) return [];
  const link = text(one, "LinkStatus");
  const up = link === undefined ? undefined : /^linkup$/i.test(link);
  return [
    {
      name: text(one, "Id") ?? nameOf(one),
      mac: mac.toLowerCase(),
      ...given({ up, mbps: number(one, "SpeedMbps") || undefined }),
    },
  ];
}

/** Drives behind Storage, else what SimpleStorage says of them. */
async function drivesOf(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<Inventory["drives"]> {
  const drives: Inventory["drives"][number][] = [];
  for (const controller of await listed(client, link(system, "Storage"), { signal, whole })) {
    for (const path of links(controller, "Drives").slice(0, most)) {
      const drive = await readable(client, path, signal);
      if (drive && isPresent(drive)) drives.push(driveOf(drive));
    }
  }
  if (drives.length > 0) return drives;
  for (const controller of await listed(client, link(system, "SimpleStorage"), { signal, whole })) {
    for (const device of objects(controller, "Devices").slice(0, most)) {
      if (text(device, "Status", "State") === "Absent") continue;
      const bytes = number(device, "CapacityBytes");
      const fields = { model: meant(text(device, "Model")), bytes, health: text(device, "Status", "Health") };
      drives.push({ name: text(device, "Name") ?? "drive", ...given(fields) });
    }
  }
  return drives;
}

function driveOf(drive: Resource): Inventory["drives"][number] {
  const fields = {
    model: meant(text(drive, "Model")),
    serial: meant(text(drive, "SerialNumber")),
    bytes: number(drive, "CapacityBytes"),
    media: text(drive, "MediaType"),
    health: flag(drive, "FailurePredicted") === true ? "failing" : text(drive, "Status", "Health"),
  };
  return { name: nameOf(drive), ...given(fields) };
}
