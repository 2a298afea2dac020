import type { Secret } from "#base/secret.ts";
import { makeKey, type Key } from "../crypto.ts";
import { CredentialsError } from "../errors.ts";

/** Name and keys as bytes, for as long as a log-in takes. */
export interface Credentials {
  name: Uint8Array;
  password: Key;
  /** The password as firmware has it that kept 16 bytes; absent where that is the same. */
  cut?: Key;
  /** Absent: the password takes its place. */
  kg?: Key;
}

interface Given {
  username: string;
  password: Secret;
  kg?: Secret | undefined;
}

/** What IPMI 1.5 knew, and what some firmware keeps of any password. */
const shortPassword = 16;

const bytes = (text: string) => new TextEncoder().encode(text);

function limited(subject: string, what: string, value: Uint8Array, most: number, advice: string): Uint8Array {
  if (value.length <= most) return value;
  throw new CredentialsError(subject, `${what} has ${value.length} bytes, IPMI takes at most ${most}`, advice);
}

/** K_g as text, or as `0x` and hex digits. */
function kgBytes(subject: string, text: string): Uint8Array {
  if (!/^0x/i.test(text)) return bytes(text);
  if (/^0x([0-9a-f]{2})+$/i.test(text)) return Uint8Array.from(Buffer.from(text.slice(2), "hex"));
  throw new CredentialsError(
    subject,
    "the BMC key (K_g) begins with 0x and is not hex digits in pairs",
    "write 0x and up to 40 hex digits",
  );
}

/** Checks the limits of IPMI 2.0, in bytes of UTF-8, before the first datagram. Throws {@link CredentialsError}. */
export function credentials(subject: string, { username, password, kg }: Given): Credentials {
  const name = limited(subject, "the user name", bytes(username), 16, "choose a name of at most 16 bytes in the BMC");
  const secret = limited(
    subject,
    "the password",
    bytes(password.reveal()),
    20,
    "set one of at most 20 bytes (16 to 19 suits most firmware) in the BMC; the BMC itself may have cut it",
  );
  const key =
    kg === undefined
      ? undefined
      : limited(subject, "the BMC key (K_g)", kgBytes(subject, kg.reveal()), 20, "K_g has 20 bytes");
  // A key of zeros is how a BMC says that none is set.
  return {
    name,
    password: makeKey(secret),
    ...(secret.length > shortPassword ? { cut: makeKey(secret.subarray(0, shortPassword)) } : {}),
    ...(key?.some((byte) => byte !== 0) ? { kg: makeKey(key) } : {}),
  };
}
