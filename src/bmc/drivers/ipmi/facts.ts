import { RefusedError } from "#base/errors.ts";
import { formatGuid, identifies } from "#protocols/ipmi/guid.ts";

/** Firmware that forgets valid, persistence or UEFI bits of the boot flags, seen twice in a row. */
export const bootFlagsNotKept = "boot-flags-not-kept";
/** Firmware that was seen to keep all of them, so that losing one is a fault. */
export const bootFlagsKept = "boot-flags-kept";
/** In UEFI mode the disk is selector 24h, not 08h. */
export const uefiDiskIsRemoteMedia = "supermicro-uefi-disk";

/**
 * How fast a controller answers, worth keeping: a power of two in milliseconds, and another than the recorded one only where that is plainly wrong, so that
 * the record does not change with every session. Undefined: nothing was measured.
 */
export function pace(recorded: number | undefined, slowest: number): number | undefined {
  if (slowest <= 0) return recorded;
  if (recorded !== undefined && slowest <= recorded && slowest >= recorded / 8) return recorded;
  return Math.max(8, 2 ** Math.ceil(Math.log2(slowest)));
}

const digits = (guid: string) => guid.toLowerCase().replaceAll(/[^0-9a-f]/g, "");

/** Every way in which the same sixteen bytes are written down: as they came, in SMBIOS order, reversed. */
function spellings(guid: string): string[] {
  const hex = digits(guid);
  const swap = (text: string) => (text.match(/../g) ?? []).toReversed().join("");
  return [hex, swap(hex.slice(0, 8)) + swap(hex.slice(8, 12)) + swap(hex.slice(12, 16)) + hex.slice(16), swap(hex)];
}

/**
 * Compares the GUID that RAKP 2 brought with the record. A controller that was known by a GUID and now has another, or none, is a stranger: two controllers
 * swapped addresses, or one was replaced. Throws RefusedError `bmc.stranger`. Without a record everybody is welcome: the first contact makes it.
 */
export function checkIdentity(machine: string, bmc: string, recorded: string | undefined, seen: string): void {
  if (recorded === undefined || !identifies(digits(recorded))) return;
  if (spellings(recorded).includes(digits(seen))) return;
  const what = identifies(seen) ? `another controller (GUID ${formatGuid(seen)})` : "a controller without identity";
  throw new RefusedError(
    "bmc.stranger",
    `at ${bmc} answers ${what}; the record says GUID ${formatGuid(digits(recorded))}`,
    {
      subject: machine,
      advice: `nothing was done. If the controller was replaced or moved on purpose: rackhand probe ${machine} --accept (and its 'identity', where the estate declares one)`,
      details: { recorded: digits(recorded), seen },
    },
  );
}
