import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { RackhandError } from "#base/errors.ts";
import { bmcPort } from "./machines.ts";

/** A /24 of the loopback network where nobody simulates BMCs yet, the same for the same folder as long as it is free. */
export async function freeNetwork(dir: string): Promise<string> {
  const [first = 0, second = 0] = createHash("sha256").update(dir).digest();
  for (let shift = 0; shift < 64; shift++) {
    const network = `127.${64 + ((first + shift) % 64)}.${second}`;
    if (await isFree(`${network}.1`)) return network;
  }
  throw new RackhandError("lab.no-address", `UDP port ${bmcPort} is taken on every loopback network that was tried`);
}

function isFree(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind({ address, port: bmcPort, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
