import { seconds } from "#base/units.ts";
import type { SomeFaults } from "../redfish-faults.ts";
import { at, isResource, text, type Resource } from "./json.ts";
import type { Tree } from "./tree.ts";

/** Families of controllers that behave alike. `none`: a service without habits. */
export const vendors = [
  "none",
  "dell-idrac8",
  "dell-idrac9",
  "dell-idrac10",
  "hpe",
  "supermicro-x10",
  "supermicro",
  "lenovo",
  "openbmc",
  "nvidia",
  "ami",
  "cray",
  "cisco",
  "fujitsu",
  "huawei",
  "nokia",
] as const;
export type Vendor = (typeof vendors)[number];

const dell: SomeFaults = {
  sessions: { fullAs: "RAC0218" },
  boot: { virtualCd: [], modeChange: "job" },
  tasks: { location: "job" },
};
/**
 * What these controllers are known to do otherwise than the standard says, apart from what their trees show (forms of ETags, places of values).
 * Each line is from the tables of quirks; a test may switch any of it off.
 */
const habits: Record<Vendor, SomeFaults> = {
  none: {},
  // The virtual CD is reached by the OEM attributes only: `Cd` is the physical drive.
  "dell-idrac8": { ...dell, tasks: { location: "job", oddProperties: true } },
  "dell-idrac9": dell,
  "dell-idrac10": {
    ...dell,
    etag: { form: "weak", ifMatch: "weak-refused" },
    boot: { ...dell.boot, patchAt: "settings", allowableIn: "settings" },
    power: { onRefusedAfterOff: seconds(60) },
  },
  hpe: { boot: { inPost: "refused" } },
  // Wrong values are answered like right ones.
  "supermicro-x10": { boot: { badValue: "accepted", modeFallsBack: true } },
  supermicro: {
    accounts: { newOnes: "redfish-only" },
    boot: { needs: "enabled", modeFallsBack: true, virtualCd: ["UsbCd"], badValue: "accepted" },
  },
  lenovo: {
    etag: { form: "strong", ifMatch: "required" },
    accounts: { newOnes: "redfish-only", ipmiNeedsPassword: true },
  },
  openbmc: { etag: { ifMatch: "refused" } },
  nvidia: { etag: { ifMatch: "refused" } },
  ami: { etag: { form: "strong", ifMatch: "required" }, boot: { needs: "all-three" } },
  cray: {},
  cisco: { boot: { unchangedEnabledRefused: true } },
  fujitsu: { etag: { form: "strong", ifMatch: "required" } },
  huawei: { etag: { form: "weak", ifMatch: "required" } },
  nokia: { boot: { patchAt: "settings" } },
};

/** The switches that a service of this vendor begins with. */
export function vendorHabits(vendor: Vendor, tree: Tree): SomeFaults {
  const known = habits[vendor];
  return { ...known, etag: { form: recordedEtags(tree), ...known.etag } };
}

function recordedEtags(tree: Tree): "none" | "strong" | "weak" {
  const tag = tree.systems.map((path) => text(tree.read(path), "@odata.etag")).find((tag) => tag !== undefined);
  if (tag === undefined) return "none";
  return tag.startsWith("W/") ? "weak" : "strong";
}

/** Reads off a tree whose it is, in the order in which a client would: Oem of the root, Vendor, the system's maker, the manager's words. */
export function vendorOf(tree: Tree): Vendor {
  const { root } = tree;
  const oem = Object.keys(isResource(root["Oem"]) ? root["Oem"] : {});
  const system = tree.read(tree.systems[0] ?? "");
  const manager = tree.read(tree.managers[0] ?? "");
  const words = [
    ...oem,
    text(root, "Vendor"),
    text(system, "Manufacturer"),
    text(manager, "Model"),
    text(system, "Model"),
  ];
  const found = words.flatMap((word) => families.find(([pattern]) => pattern.test(word ?? ""))?.[1] ?? []);
  const family = found[0] ?? (hasOpenBmc(manager) ? "openbmc" : "none");
  return generation(family, tree, manager, system);
}

const families: readonly (readonly [RegExp, Vendor])[] = [
  [/dell|idrac/i, "dell-idrac9"],
  [/^hpe?$|ilo/i, "hpe"],
  [/supermicro|^smc$/i, "supermicro"],
  [/lenovo/i, "lenovo"],
  [/cray/i, "cray"],
  [/nvidia/i, "nvidia"],
  [/^ami$|megarac|american megatrends|gigabyte/i, "ami"],
  [/cisco/i, "cisco"],
  [/fujitsu|fsas/i, "fujitsu"],
  [/huawei/i, "huawei"],
  [/nokia/i, "nokia"],
  [/openbmc/i, "openbmc"],
];

function hasOpenBmc(manager: Resource | undefined): boolean {
  return isResource(at(manager, "Oem", "OpenBmc")) || /openbmc/i.test(text(manager, "Model") ?? "");
}

/** Firmware that behaves otherwise than its successors. */
function generation(family: Vendor, tree: Tree, manager: Resource | undefined, system: Resource | undefined): Vendor {
  const firmware = text(manager, "FirmwareVersion") ?? "";
  if (family === "dell-idrac9" && firmware.startsWith("2.")) return "dell-idrac8";
  if (family === "dell-idrac9" && firmware.startsWith("1.")) return "dell-idrac10";
  // HPE's Cray blades name HPE as their maker; the controller is another.
  if (family === "hpe" && tree.actions.some(({ name }) => name.startsWith("Cray"))) return "cray";
  const allowable = at(system, "Boot", "BootSourceOverrideTarget@Redfish.AllowableValues");
  if (family === "supermicro" && Array.isArray(allowable) && allowable.includes("CD/DVD")) return "supermicro-x10";
  return family;
}
