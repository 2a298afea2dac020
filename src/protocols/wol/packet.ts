import { UsageError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";

const hexPair = /^[0-9a-f]{2}$/i;

/** Six bytes written with `:`, `-`, dots (Cisco's `5254.0012.3456`) or nothing between them. Throws UsageError `wol.mac`. */
export function parseMac(text: string): Uint8Array {
  const digits = text.trim().replaceAll(/[:.-]/g, "");
  const groups =
    /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{12})$/i;
  if (!groups.test(text.trim())) {
    throw new UsageError("wol.mac", `'${text}' is not a MAC address`, { advice: "write it like 52:54:00:12:34:56" });
  }
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

/** `52:54:00:12:34:56`: the one way in which a MAC address is compared and named. Throws UsageError `wol.mac`. */
export function canonicalMac(text: string): string {
  return [...parseMac(text)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** A SecureOn password is six bytes written like a MAC address, or four written like an IPv4 address, as ether-wake takes them. */
function secureOnBytes(secret: Secret): Uint8Array {
  const text = secret.reveal().trim();
  const pairs = text.split(/[:-]/);
  if (pairs.length === 6 && pairs.every((pair) => hexPair.test(pair)))
    return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  const octets = text.split(".");
  if (octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) < 256))
    return Uint8Array.from(octets, Number);
  throw new UsageError(
    "wol.secure-on",
    `the SecureOn password (${secret.name}) is neither six bytes like 01:23:45:67:89:ab nor four like 192.0.2.1`,
    {
      advice: "write it as the network card's set-up shows it",
    },
  );
}

/**
 * The magic packet (AMD white paper 20213): six bytes FFh, the MAC address sixteen times, then the SecureOn password if there is one. 102, 106 or 108 bytes.
 * Throws UsageError `wol.mac` or `wol.secure-on`; the password's value is in neither.
 */
export function magicPacket(mac: string, secureOn?: Secret): Uint8Array {
  const address = parseMac(mac);
  const packet = Buffer.alloc(6 + 16 * 6, 0xff);
  for (let copy = 0; copy < 16; copy++) packet.set(address, 6 + copy * 6);
  return secureOn ? Buffer.concat([packet, secureOnBytes(secureOn)]) : packet;
}
