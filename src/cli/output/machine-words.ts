import type { Machine } from "#estate/machine.ts";
import { formatGuid } from "#protocols/ipmi/guid.ts";

/** `ipmi 192.0.2.10`, `wake-on-LAN 52:54:00:12:34:56`, or nothing. */
export function controllerWords({ bmc, power }: Machine): string {
  if (bmc) {
    const host = bmc.address.includes(":") && bmc.port !== undefined ? `[${bmc.address}]` : bmc.address;
    return `${bmc.protocol === "auto" ? "ipmi" : bmc.protocol} ${host}${bmc.port === undefined ? "" : `:${bmc.port}`}`;
  }
  return power ? `wake-on-LAN ${power.on.wol.mac}` : "none";
}

/** A recorded GUID (bytes as they came, in hex) the way people write it. */
export function guidForPeople(guid: string): string {
  return /^[0-9a-f]{32}$/i.test(guid) ? formatGuid(guid.toLowerCase()) : guid;
}
