import { randomBytes } from "node:crypto";
import type { FleetFile } from "../fleet-file.ts";
import { bmcPort, readyPort, type LabMachine } from "./machines.ts";

/** One file of the lab's folder. */
export interface LabFile {
  path: string;
  text: string;
  /** Readable by its owner only. */
  secret?: boolean;
}

const username = "rackhand";
const passwordFile = "secrets/bmc-password";

const marker = `# An estate for a simulated fleet, written by 'rackhand lab up'. Change what you like; 'rackhand check' says whether it still holds.
`;

const shared = `kind: Site
name: lab
timezone: Europe/Vienna
defaults:
  bmc: { protocol: ipmi, credentials: lab-bmc }
---
kind: Credentials
name: lab-bmc
for: [bmc]
username: ${username}
password: { file: ${passwordFile} }
`;

function kgLine({ bmc }: LabMachine): string {
  return bmc.kgFile === undefined ? "" : `, kg: { file: ${bmc.kgFile} }`;
}

function machineDocument(machine: LabMachine): string {
  const { name, about, address, within, yaml } = machine;
  return `# ${about}
kind: Machine
name: ${name}
site: lab
bmc: { address: '${address}:${bmcPort}', credentials: lab-bmc${kgLine(machine)} }
probes:
  ready: { ssh: '${address}:${readyPort}', within: ${within}, every: 500ms, timeout: 1s }
${yaml}`;
}

function fleetFile(machines: readonly LabMachine[]): FleetFile {
  return {
    machines: machines.map(({ name, address, server, bmc, network }) => ({
      name,
      server: { ...server, ready: { address, port: readyPort } },
      bmc: { address, port: bmcPort, username, passwordFile, guid: randomBytes(16).toString("hex"), ...bmc },
      network,
    })),
  };
}

/** All files of a lab. Its secrets are made anew each time. */
export function labFiles(machines: readonly LabMachine[]): LabFile[] {
  const secret = () => `${randomBytes(12).toString("base64url")}\n`; // 16 characters: fits every BMC
  const kgs = machines.flatMap(({ bmc }) => (bmc.kgFile === undefined ? [] : [bmc.kgFile]));
  return [
    { path: "rackhand.yaml", text: marker },
    { path: "lab.yaml", text: shared },
    { path: "machines.yaml", text: machines.map(machineDocument).join("---\n") },
    { path: "fleet.json", text: `${JSON.stringify(fleetFile(machines), undefined, 2)}\n` },
    { path: ".gitignore", text: "secrets/\nlab.log\nlab.pid\n" },
    ...[passwordFile, ...kgs].map((path) => ({ path, text: secret(), secret: true })),
  ];
}
