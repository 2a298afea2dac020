import { RefusedError } from "#base/errors.ts";
import { formatGuid } from "#protocols/ipmi/guid.ts";
import { text, type Resource } from "#protocols/redfish/resource.ts";
import type { BmcFacts, RedfishBmcTarget } from "../../bmc.ts";
import { sameUuid, uuidOf } from "./uuid.ts";

/** What identifies a server, as its resource tells it. */
export interface SystemIdentity {
  uuid: string | undefined;
  /** Serial numbers that it goes by: Dell's service tag stands in SKU. */
  serials: readonly string[];
}

export function identityOf(system: Resource): SystemIdentity {
  const serials = [text(system, "SerialNumber"), text(system, "SKU")].filter((one) => one !== undefined);
  return { uuid: uuidOf(text(system, "UUID")), serials };
}

/** Before anything secret is sent: the service root's UUID against the record. Throws RefusedError `bmc.stranger`. */
export function checkRoot(target: RedfishBmcTarget, bmc: string, known: BmcFacts, root: Resource): void {
  const recorded = uuidOf(known.redfish?.uuid);
  if (recorded === undefined) return;
  const seen = uuidOf(text(root, "UUID"));
  if (seen === undefined || !sameUuid(recorded, seen)) throw stranger(target.machine, bmc, "UUID", recorded, seen);
}

/** Before anything is done: the server's UUID and serial number against the record and the estate. Throws RefusedError `bmc.stranger`. */
export function checkSystem(target: RedfishBmcTarget, bmc: string, known: BmcFacts, system: Resource): void {
  const { uuid, serials } = identityOf(system);
  for (const recorded of [target.identity?.uuid, known.redfish?.systemUuid]) {
    const wanted = uuidOf(recorded);
    if (wanted !== undefined && (uuid === undefined || !sameUuid(wanted, uuid)))
      throw stranger(target.machine, bmc, "system UUID", wanted, uuid);
  }
  for (const wanted of [target.identity?.serial, known.redfish?.serial]) {
    if (wanted !== undefined && !serials.some((serial) => serial.toLowerCase() === wanted.toLowerCase()))
      throw stranger(target.machine, bmc, "serial number", wanted, serials[0]);
  }
}

/** Another than the recorded one answers. */
export function stranger(
  machine: string,
  bmc: string,
  what: string,
  recorded: string,
  seen: string | undefined,
): RefusedError {
  const shown = (id: string) => (/^[0-9a-f]{32}$/.test(id) ? formatGuid(id) : id);
  const who = seen === undefined ? `a server without ${what}` : `another server (${what} ${shown(seen)})`;
  return new RefusedError("bmc.stranger", `at ${bmc} answers ${who}; the record says ${what} ${shown(recorded)}`, {
    subject: machine,
    advice: `nothing was done. If it was replaced or moved on purpose: rackhand probe ${machine} --accept`,
    details: { recorded, seen: seen ?? null },
  });
}
