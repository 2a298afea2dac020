import type { Machine } from "../machine.ts";
import type { EstateProbe } from "../probes.ts";
import type { Site } from "../site.ts";
import type { Path } from "./parse.ts";

/** A place that names Credentials, and what it will use them for. */
export interface Reference {
  name: string;
  use: "bmc" | "ssh";
  path: Path;
}

function probeReferences(probe: EstateProbe, path: Path): Reference[] {
  const { check } = probe;
  return check.kind === "ssh" && check.credentials !== undefined
    ? [{ name: check.credentials, use: "ssh", path: [...path, "ssh", "credentials"] }]
    : [];
}

/** All Credentials that a site names. */
export function siteReferences(site: Site): Reference[] {
  return (site.witness ?? []).flatMap((probe, index) => probeReferences(probe, ["witness", index]));
}

/** All Credentials that a machine names, its defaults merged in. */
export function machineReferences(machine: Machine): Reference[] {
  const { bmc, power, probes, jobs, console } = machine;
  const found: Reference[] = Object.entries(probes).flatMap(([name, probe]) =>
    probeReferences(probe, ["probes", name]),
  );
  if (bmc) found.push({ name: bmc.credentials, use: "bmc", path: ["bmc", "credentials"] });
  if (console?.credentials !== undefined)
    found.push({ name: console.credentials, use: "bmc", path: ["console", "credentials"] });
  if (power?.off)
    found.push({ name: power.off.ssh.credentials, use: "ssh", path: ["power", "off", "ssh", "credentials"] });
  if (power?.status) found.push(...probeReferences(power.status, ["power", "status"]));
  for (const [name, job] of Object.entries(jobs)) {
    if (job.where !== "local")
      found.push({ name: job.where.ssh.credentials, use: "ssh", path: ["jobs", name, "where", "ssh", "credentials"] });
  }
  return found;
}
