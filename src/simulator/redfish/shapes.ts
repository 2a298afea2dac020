import type { Json, Resource } from "./json.ts";
import type { Vendor } from "./vendors.ts";

/** What a made-up tree of a vendor looks like, where recordings of it are not at hand. */
export interface Shape {
  /** Key in the root's Oem. */
  oem?: string;
  vendor?: string;
  product?: string;
  manufacturer: string;
  model: string;
  firmware: string;
  system: string;
  manager: string;
  chassis: string;
  resets: readonly string[];
  /** Where the values of ResetType are told. */
  resetsIn: "action" | "action-info";
  targets: readonly string[];
  enabled?: readonly string[];
  /** `none`: the System has no such property. */
  mode: "UEFI" | "Legacy" | "none";
  managerResets: readonly string[];
  /** Further actions of the System. */
  oemActions?: Resource;
  expandLevels?: number;
  /** Accounts are slots that are filled; undefined: they are made by POST. */
  accountSlots?: number;
  ipmi: boolean;
}

const usual: Shape = {
  manufacturer: "Contoso",
  model: "Simulated Server",
  firmware: "1.0.0",
  system: "1",
  manager: "BMC",
  chassis: "1",
  resets: ["On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "PowerCycle"],
  resetsIn: "action",
  targets: ["None", "Pxe", "Hdd", "Cd", "Usb", "BiosSetup", "Diags", "UefiHttp"],
  mode: "UEFI",
  managerResets: ["GracefulRestart", "ForceRestart"],
  expandLevels: 1,
  ipmi: true,
};
const dell: Shape = {
  ...usual,
  oem: "Dell",
  vendor: "Dell",
  product: "Integrated Dell Remote Access Controller",
  manufacturer: "Dell Inc.",
  system: "System.Embedded.1",
  manager: "iDRAC.Embedded.1",
  chassis: "System.Embedded.1",
  managerResets: ["GracefulRestart"],
  accountSlots: 16,
  resets: [
    "On",
    "ForceOff",
    "ForceRestart",
    "GracefulRestart",
    "GracefulShutdown",
    "PushPowerButton",
    "Nmi",
    "PowerCycle",
  ],
  targets: ["None", "Pxe", "Floppy", "Cd", "Hdd", "BiosSetup", "Utilities", "UefiTarget", "SDCard", "UefiHttp"],
  model: "PowerEdge R660",
  firmware: "7.10.30.00",
};
const smc: Shape = {
  ...usual,
  oem: "Supermicro",
  manufacturer: "Supermicro",
  model: "SYS-111E-WR",
  firmware: "01.03.11",
  manager: "1",
  targets: ["None", "Pxe", "Floppy", "Cd", "Usb", "Hdd", "BiosSetup", "UsbCd", "UefiBootNext", "UefiHttp"],
};
const openbmc: Shape = {
  ...usual,
  manufacturer: "OpenBMC",
  model: "OpenBMC",
  firmware: "2.15.0",
  system: "system",
  manager: "bmc",
  chassis: "chassis",
  resets: ["On", "ForceOff", "ForceOn", "ForceRestart", "GracefulRestart", "GracefulShutdown", "PowerCycle", "Nmi"],
  resetsIn: "action-info",
  targets: ["None", "Pxe", "Hdd", "Cd", "Diags", "BiosSetup", "Usb"],
  expandLevels: 0,
};

function fujitsuAction(system: string): Resource {
  return {
    "#FTSComputerSystem.Reset": {
      target: `/redfish/v1/Systems/${system}/Actions/Oem/FTSComputerSystem.Reset`,
      "FTSResetType@Redfish.AllowableValues": ["PowerCycle"],
    },
  };
}

const shapes: Record<Vendor, Shape> = {
  none: usual,
  "dell-idrac8": {
    ...dell,
    model: "PowerEdge R630",
    firmware: "2.50.50.50",
    resets: ["On", "ForceOff", "GracefulRestart", "PushPowerButton", "Nmi"],
    targets: ["None", "Pxe", "Cd", "Floppy", "Hdd", "BiosSetup", "Utilities", "UefiTarget", "SDCard"],
  },
  "dell-idrac9": dell,
  "dell-idrac10": { ...dell, model: "PowerEdge R770", firmware: "1.20.25.00" },
  hpe: {
    ...usual,
    oem: "Hpe",
    vendor: "HPE",
    product: "ProLiant DL360 Gen11",
    manufacturer: "HPE",
    model: "ProLiant DL360 Gen11",
    firmware: "iLO 6 v1.55",
    manager: "1",
    resets: ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "PushPowerButton", "GracefulRestart"],
  },
  "supermicro-x10": {
    ...smc,
    model: "X10DRi",
    firmware: "3.90",
    targets: ["None", "Pxe", "Hdd", "CD/DVD", "BiosSetup", "UsbCd", "UefiCd"],
  },
  supermicro: smc,
  lenovo: {
    ...usual,
    vendor: "Lenovo",
    product: "ThinkSystem",
    manufacturer: "Lenovo",
    model: "ThinkSystem SR650 V3",
    firmware: "ESX325O 3.10",
    manager: "1",
    enabled: ["Once", "Disabled"],
    ipmi: false,
  },
  openbmc,
  nvidia: {
    ...openbmc,
    vendor: "NVIDIA",
    manufacturer: "NVIDIA",
    model: "GB200 NVL",
    system: "System_0",
    manager: "BMC_0",
  },
  ami: {
    ...usual,
    oem: "Ami",
    vendor: "AMI",
    product: "AMI Redfish Server",
    manufacturer: "GIGABYTE",
    model: "R152-Z31",
    firmware: "12.61.21",
    system: "Self",
    manager: "Self",
    chassis: "Self",
    resets: ["ForceOff", "ForceRestart", "GracefulShutdown", "On"],
    resetsIn: "action-info",
  },
  cray: {
    ...usual,
    manufacturer: "HPE Cray",
    model: "EX425",
    system: "Node0",
    chassis: "Node0",
    resets: ["ForceOff", "On", "Off"],
    targets: [],
  },
  cisco: {
    ...usual,
    oem: "Cisco",
    manufacturer: "Cisco Systems Inc",
    model: "UCSC-C220-M5SX",
    firmware: "4.1(3b)",
    system: "WZP23360AAA",
    manager: "CIMC",
    resets: ["On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "PowerCycle"],
    targets: ["None", "Pxe", "Cd", "Hdd", "BiosSetup", "Usb"],
    mode: "none",
    ipmi: false,
  },
  fujitsu: {
    ...usual,
    oem: "ts_fujitsu",
    vendor: "Fujitsu",
    manufacturer: "FUJITSU",
    model: "PRIMERGY RX2540 M5",
    firmware: "3.37P",
    system: "0",
    manager: "iRMC",
    chassis: "0",
    resets: ["On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "PushPowerButton"],
    targets: ["None", "Pxe", "Cd", "Hdd", "BiosSetup"],
    enabled: ["Disabled", "Once", "Continuous"],
    oemActions: fujitsuAction("0"),
  },
  huawei: {
    ...usual,
    oem: "Huawei",
    vendor: "Huawei",
    manufacturer: "Huawei",
    model: "2288H V5",
    firmware: "6.50",
    manager: "1",
    resets: ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "ForcePowerCycle"],
    targets: ["None", "Pxe", "Floppy", "Cd", "Hdd", "BiosSetup"],
  },
  nokia: { ...usual, manufacturer: "Nokia", model: "AirFrame", system: "Self", manager: "Self", chassis: "Self" },
};

export function shapeOf(vendor: Vendor): Shape {
  return shapes[vendor];
}

/** Boot of a made-up System at rest. */
export function bootAtRest({ targets, enabled, mode }: Shape): Resource {
  if (targets.length === 0) return { BootOrder: ["PXE-IP4"] };
  const boot: { [name: string]: Json } = {
    BootSourceOverrideTarget: "None",
    BootSourceOverrideEnabled: "Disabled",
    "BootSourceOverrideTarget@Redfish.AllowableValues": [...targets],
  };
  if (mode !== "none") boot["BootSourceOverrideMode"] = mode;
  if (enabled) boot["BootSourceOverrideEnabled@Redfish.AllowableValues"] = [...enabled];
  return boot;
}
