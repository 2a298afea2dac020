import type { CommandSpec } from "../spec.ts";
import { machine, why } from "./words.ts";

/** What asks and changes a machine's management controller itself. */
export const controllerCommands: readonly CommandSpec[] = [
  {
    name: "probe",
    summary: "ask a machine's BMC who it is and what it can do; look through each readiness probe once",
    arguments: [machine],
    options: [
      { flags: "--accept", summary: "take the BMC that answers now as the right one, after it was exchanged" },
      { flags: "--enable-ipmi", summary: "where IPMI over LAN is switched off: switch it on over Redfish" },
    ],
    details: [
      "The first contact records the BMC's GUID; from then on any other controller at that address is refused (exit code 4) until --accept.",
      "Finds vendor, model and firmware, whether it speaks IPMI, Redfish or both, what it can do and which quirks it has; the other commands rely on that.",
      "Changes nothing on the machine (but for --enable-ipmi) and starts no database.",
    ],
    load: () => import("../commands/probe.ts"),
  },
  {
    name: "inventory",
    summary: "what a machine is made of, as its BMC tells it over Redfish",
    arguments: [machine],
    load: () => import("../commands/inventory.ts"),
  },
  {
    name: "sensors",
    summary: "a machine's temperatures, fans, voltages and power, over Redfish",
    arguments: [machine],
    load: () => import("../commands/sensors.ts"),
  },
  {
    name: "events",
    summary: "a machine's hardware event logs, the newest first, over Redfish",
    arguments: [machine],
    options: [{ flags: "--limit <n>", summary: "at most so many (default 50)" }],
    load: () => import("../commands/events.ts"),
  },
  {
    name: "bmc reset",
    summary: "restart a machine's BMC (not the machine), and wait until it answers again",
    arguments: [machine],
    options: [{ flags: "--no-wait", summary: "do not wait; it takes 2 to 8 minutes" }, why],
    changes: true,
    details: ["Sessions, consoles and virtual media are lost."],
    load: () => import("../commands/bmc-reset.ts"),
  },
  {
    name: "bmc password",
    summary: "set the password of an account of a machine's BMC, and prove it by logging in",
    arguments: [
      machine,
      { name: "account", summary: "whose (default: the account that rackhand uses)", optional: true },
    ],
    options: [
      { flags: "--from <source>", summary: "env:NAME or file:PATH with the new password (default: asked twice)" },
      why,
    ],
    changes: true,
    details: [
      "Over Redfish. Put the new password where the estate's credentials are read from afterwards: until then the old one is tried, and fails.",
    ],
    load: () => import("../commands/bmc-password.ts"),
  },
  {
    name: "bmc release",
    summary: "make every rackhand of this host give up its sessions with a machine's BMC",
    arguments: [machine],
    details: ["For when somebody else needs a free session, or the console. Starts no database and sends nothing."],
    load: () => import("../commands/bmc-release.ts"),
  },
];
