import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { UnreachableError } from "#base/errors.ts";

/** `192.0.2.10:623`, `[2001:db8::1]:623`: how messages, claims, gate and ledger name a BMC. */
export function endpoint(address: string, port: number): string {
  const host = address.toLowerCase();
  return isIP(host) === 6 ? `[${new URL(`http://[${host}]`).hostname.slice(1, -1)}]:${port}` : `${host}:${port}`;
}

/** The number behind a name. Throws UnreachableError `bmc.name`. */
export async function resolveAddress(address: string, machine: string): Promise<string> {
  if (isIP(address)) return address;
  try {
    return (await lookup(address)).address;
  } catch (cause) {
    throw new UnreachableError("bmc.name", `the name of its controller, ${address}, cannot be resolved`, {
      subject: machine,
      advice: "check this host's name service, or give the controller's address as a number",
      cause,
    });
  }
}
