import { createHash } from "node:crypto";
import type { Resource } from "./json.ts";
import { bootAtRest, shapeOf, type Shape } from "./shapes.ts";
import { Tree } from "./tree.ts";
import type { Vendor } from "./vendors.ts";

const root = "/redfish/v1";
const to = (path: string) => ({ "@odata.id": path });
const healthy = { State: "Enabled", Health: "OK" };

function resource(path: string, type: string, name: string, more: Resource = {}): readonly [string, Resource] {
  const id = path.slice(path.lastIndexOf("/") + 1);
  return [path, { "@odata.id": path, "@odata.type": `#${type}`, Id: id, Name: name, ...more }];
}

function collection(path: string, type: string, members: readonly string[]): readonly [string, Resource] {
  const all = members.map((id) => to(`${path}/${id}`));
  const fixed = {
    "@odata.id": path,
    "@odata.type": `#${type}Collection.${type}Collection`,
    Name: `${type} Collection`,
  };
  return [path, { ...fixed, Members: all, "Members@odata.count": all.length }];
}

/** The same for the same name. */
function uuidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function macOf(name: string, port: number): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `02:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:0${port}`;
}

/** A small service of a vendor's shape: all that a tool reads of one server, made up from its name. */
export function syntheticTree(vendor: Vendor, name: string): Tree {
  const shape = shapeOf(vendor);
  return new Tree([...services(shape, name), ...system(shape, name), ...manager(shape, name), ...chassis(shape, name)]);
}

function services(shape: Shape, name: string): (readonly [string, Resource])[] {
  const levels = shape.expandLevels ?? 0;
  const expand =
    levels > 0 ? { ExpandQuery: { ExpandAll: true, NoLinks: true, Links: true, Levels: true, MaxLevels: levels } } : {};
  const service: Resource = {
    RedfishVersion: "1.11.0",
    UUID: uuidOf(`${name} service`),
    ProtocolFeaturesSupported: expand,
    ...(shape.vendor === undefined ? {} : { Vendor: shape.vendor }),
    ...(shape.product === undefined ? {} : { Product: shape.product }),
    ...(shape.oem === undefined ? {} : { Oem: { [shape.oem]: {} } }),
    ...Object.fromEntries(
      ["Systems", "Managers", "Chassis", "SessionService", "AccountService", "UpdateService"].map((one) => [
        one,
        to(`${root}/${one}`),
      ]),
    ),
    Tasks: to(`${root}/TaskService`),
    Links: { Sessions: to(`${root}/SessionService/Sessions`) },
  };
  const accounts = { Accounts: to(`${root}/AccountService/Accounts`), MinPasswordLength: 8, MaxPasswordLength: 20 };
  return [
    [root, { ...resource(root, "ServiceRoot.v1_9_0.ServiceRoot", "Root Service", service)[1], Id: "RootService" }],
    collection(`${root}/Systems`, "ComputerSystem", [shape.system]),
    collection(`${root}/Managers`, "Manager", [shape.manager]),
    collection(`${root}/Chassis`, "Chassis", [shape.chassis]),
    ...slots(shape),
    resource(`${root}/AccountService`, "AccountService.v1_7_0.AccountService", "Account Service", accounts),
    resource(`${root}/UpdateService`, "UpdateService.v1_8_0.UpdateService", "Update Service", { ServiceEnabled: true }),
  ];
}

/** Accounts that are there from the start, empty, where they cannot be made (iDRAC). */
function slots(shape: Shape): (readonly [string, Resource])[] {
  const path = `${root}/AccountService/Accounts`;
  const ids = Array.from({ length: shape.accountSlots ?? 0 }, (_, index) => String(index + 1));
  if (ids.length === 0) return [];
  const empty = { UserName: "", Enabled: false, RoleId: "None", Locked: false, AccountTypes: ["Redfish"] };
  const accounts = ids.map((id) =>
    resource(`${path}/${id}`, "ManagerAccount.v1_1_1.ManagerAccount", "User Account", { ...empty }),
  );
  return [collection(path, "ManagerAccount", ids), ...accounts];
}

function system(shape: Shape, name: string): (readonly [string, Resource])[] {
  const path = `${root}/Systems/${shape.system}`;
  const info = `${path}/ResetActionInfo`;
  const values = { "ResetType@Redfish.AllowableValues": [...shape.resets] };
  const reset = {
    target: `${path}/Actions/ComputerSystem.Reset`,
    ...(shape.resetsIn === "action" ? values : { "@Redfish.ActionInfo": info }),
  };
  const serial = createHash("sha256").update(name).digest("hex").slice(0, 7).toUpperCase();
  const body: Resource = {
    SystemType: "Physical",
    Manufacturer: shape.manufacturer,
    Model: shape.model,
    SerialNumber: serial,
    UUID: uuidOf(name),
    HostName: name,
    PowerState: "Off",
    BiosVersion: "1.2.3",
    Status: healthy,
    Boot: bootAtRest(shape),
    ProcessorSummary: { Count: 1, Model: "Simulated CPU", LogicalProcessorCount: 16 },
    MemorySummary: { TotalSystemMemoryGiB: 64 },
    Actions: { "#ComputerSystem.Reset": reset, ...(shape.oemActions ? { Oem: shape.oemActions } : {}) },
    EthernetInterfaces: to(`${path}/EthernetInterfaces`),
    LogServices: to(`${path}/LogServices`),
    Links: { Chassis: [to(`${root}/Chassis/${shape.chassis}`)], ManagedBy: [to(`${root}/Managers/${shape.manager}`)] },
  };
  const log = { Entries: to(`${path}/LogServices/Log/Entries`) };
  const parameter = { Name: "ResetType", Required: true, DataType: "String", AllowableValues: [...shape.resets] };
  return [
    resource(path, "ComputerSystem.v1_13_0.ComputerSystem", "System", body),
    ...(shape.resetsIn === "action"
      ? []
      : [resource(info, "ActionInfo.v1_1_2.ActionInfo", "Reset Action Info", { Parameters: [parameter] })]),
    collection(`${path}/EthernetInterfaces`, "EthernetInterface", ["1", "2"]),
    ...[1, 2].map((port) =>
      resource(`${path}/EthernetInterfaces/${port}`, "EthernetInterface.v1_6_0.EthernetInterface", `Port ${port}`, {
        MACAddress: macOf(name, port),
        SpeedMbps: 10_000,
        LinkStatus: port === 1 ? "LinkUp" : "LinkDown",
        Status: healthy,
      }),
    ),
    collection(`${path}/LogServices`, "LogService", ["Log"]),
    resource(`${path}/LogServices/Log`, "LogService.v1_1_0.LogService", "System Event Log", log),
  ];
}

function manager(shape: Shape, name: string): (readonly [string, Resource])[] {
  const path = `${root}/Managers/${shape.manager}`;
  const reset = {
    target: `${path}/Actions/Manager.Reset`,
    "ResetType@Redfish.AllowableValues": [...shape.managerResets],
  };
  const body: Resource = {
    ManagerType: "BMC",
    FirmwareVersion: shape.firmware,
    Model: shape.model,
    Status: healthy,
    Actions: { "#Manager.Reset": reset },
    NetworkProtocol: to(`${path}/NetworkProtocol`),
    EthernetInterfaces: to(`${path}/EthernetInterfaces`),
    SerialConsole: { ServiceEnabled: true, MaxConcurrentSessions: 1, ConnectTypesSupported: ["IPMI", "SSH"] },
    Links: {
      ManagerForServers: [to(`${root}/Systems/${shape.system}`)],
      ManagerForChassis: [to(`${root}/Chassis/${shape.chassis}`)],
    },
  };
  const protocols = {
    HostName: `${name}-bmc`,
    HTTPS: { ProtocolEnabled: true, Port: 443 },
    SSH: { ProtocolEnabled: true, Port: 22 },
    IPMI: { ProtocolEnabled: shape.ipmi, Port: 623 },
  };
  const nic = {
    MACAddress: macOf(name, 9),
    HostName: `${name}-bmc`,
    InterfaceEnabled: true,
    Status: healthy,
    IPv4Addresses: [
      { Address: "192.0.2.10", SubnetMask: "255.255.255.0", AddressOrigin: "DHCP", Gateway: "192.0.2.1" },
    ],
  };
  return [
    resource(path, "Manager.v1_10_0.Manager", "Manager", body),
    resource(
      `${path}/NetworkProtocol`,
      "ManagerNetworkProtocol.v1_6_0.ManagerNetworkProtocol",
      "Manager Network Protocol",
      protocols,
    ),
    collection(`${path}/EthernetInterfaces`, "EthernetInterface", ["1"]),
    resource(`${path}/EthernetInterfaces/1`, "EthernetInterface.v1_6_0.EthernetInterface", "Manager NIC", nic),
  ];
}

function chassis(shape: Shape, name: string): (readonly [string, Resource])[] {
  const path = `${root}/Chassis/${shape.chassis}`;
  const body: Resource = {
    ChassisType: "RackMount",
    Manufacturer: shape.manufacturer,
    Model: shape.model,
    SerialNumber: createHash("sha256").update(name).digest("hex").slice(0, 7).toUpperCase(),
    PowerState: "Off",
    Status: healthy,
    Thermal: to(`${path}/Thermal`),
    Power: to(`${path}/Power`),
    Links: {
      ComputerSystems: [to(`${root}/Systems/${shape.system}`)],
      ManagedBy: [to(`${root}/Managers/${shape.manager}`)],
    },
  };
  const inlet = {
    "@odata.id": `${path}/Thermal#/Temperatures/0`,
    MemberId: "0",
    Name: "Inlet Temp",
    ReadingCelsius: 23,
    UpperThresholdCritical: 47,
    PhysicalContext: "Intake",
    Status: healthy,
  };
  const fan = {
    "@odata.id": `${path}/Thermal#/Fans/0`,
    MemberId: "0",
    Name: "Fan 1",
    Reading: 5400,
    ReadingUnits: "RPM",
    Status: healthy,
  };
  const supply = {
    "@odata.id": `${path}/Power#/PowerSupplies/0`,
    MemberId: "0",
    Name: "PSU 1",
    LineInputVoltage: 230,
    PowerCapacityWatts: 800,
    Status: healthy,
  };
  const control = {
    "@odata.id": `${path}/Power#/PowerControl/0`,
    MemberId: "0",
    Name: "System Power Control",
    PowerConsumedWatts: 142,
  };
  return [
    resource(path, "Chassis.v1_14_0.Chassis", "Chassis", body),
    resource(`${path}/Thermal`, "Thermal.v1_6_0.Thermal", "Thermal", { Temperatures: [inlet], Fans: [fan] }),
    resource(`${path}/Power`, "Power.v1_6_0.Power", "Power", { PowerControl: [control], PowerSupplies: [supply] }),
  ];
}
