import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { systemClock, type Clock } from "#base/clock.ts";
import { UnreachableError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";
import { milliseconds } from "#base/units.ts";
import { canonicalMac, magicPacket } from "./packet.ts";

export interface WakeTarget {
  mac: string;
  /** Where the packet goes: best the subnet's directed broadcast (`192.0.2.255`); `255.255.255.255` reaches only the default interface's link. */
  address: string;
  /** 9 (discard) by custom; 7 and 0 are seen. */
  port: number;
  secureOn?: Secret;
}

/** UDP may be lost and nobody answers, so the packet goes out a few times; the card does not mind. */
const copies = 3;
const gap = milliseconds(100);

/**
 * Sends the magic packet as an ordinary UDP datagram: works without root. Says nothing about whether the machine wakes.
 * Throws UsageError (bad MAC or SecureOn password) before anything is sent, UnreachableError `wol.not-sent` when the network refuses it.
 */
export async function sendMagicPacket(
  target: WakeTarget,
  options: { signal?: AbortSignal; clock?: Clock } = {},
): Promise<void> {
  const { signal, clock = systemClock } = options;
  const packet = magicPacket(target.mac, target.secureOn);
  let socket: Socket | undefined;
  try {
    const { address, family } = await lookup(target.address);
    signal?.throwIfAborted();
    socket = createSocket(family === 6 ? "udp6" : "udp4");
    await bindForBroadcast(socket, family);
    for (let copy = 1; copy <= copies; copy++) {
      await send(socket, packet, target.port, address);
      if (copy < copies) await clock.sleep(gap, signal);
    }
  } catch (error) {
    throw signal?.aborted ? error : notSent(target, error);
  } finally {
    socket?.close();
  }
}

async function bindForBroadcast(socket: Socket, family: number): Promise<void> {
  socket.bind(0);
  await once(socket, "listening");
  if (family === 4) socket.setBroadcast(true);
}

function send(socket: Socket, packet: Uint8Array, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(packet, port, address, (error) => (error ? reject(error) : resolve())),
  );
}

function notSent(target: WakeTarget, cause: unknown): UnreachableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnreachableError(
    "wol.not-sent",
    `the magic packet for ${canonicalMac(target.mac)} could not be sent to ${target.address}:${target.port}: ${why}`,
    {
      advice: "use the broadcast address of the machine's own subnet, and check this host's route and firewall",
      cause,
    },
  );
}
