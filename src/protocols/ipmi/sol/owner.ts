import { GetSessionInfo } from "../commands.ts";
import { RackhandError } from "#base/errors.ts";
import { GetPayloadInstanceInfo } from "../payload.ts";
import { PayloadType } from "../packet.ts";
import type { SendOptions, Session } from "../session.ts";

/** Who has the console, as far as the BMC tells. */
export interface SolOwner {
  /** The BMC's id of their session. */
  sessionId?: number;
  /** `192.0.2.7:51234`. */
  address?: string;
  /** The BMC's number of their user. */
  userId?: number;
}

/** The id of the session that has SOL; 0: nobody; undefined: this BMC does not tell (X8SIL-F, Sun ILOM, Windmill). */
export async function ownerId(session: Session, options: SendOptions = {}): Promise<number | undefined> {
  const { netFn, code, request, response } = GetPayloadInstanceInfo;
  const wanted = request.encode({ payloadType: PayloadType.sol, instance: 1 });
  const { completionCode, data } = await session.raw(netFn, code, wanted, { effect: "reads", ...options });
  return completionCode === 0 && data.length >= 4 ? response.decode(data).sessionId : undefined;
}

/** The same, with what else is known of that session. Throws only what ends the session. */
export async function ownerOf(session: Session, signal?: AbortSignal): Promise<SolOwner> {
  const sessionId = await ownerId(session, { signal });
  if (sessionId === undefined || sessionId === 0) return {};
  return { sessionId, ...(await whereFrom(session, sessionId, signal)) };
}

async function whereFrom(session: Session, id: number, signal?: AbortSignal): Promise<Omit<SolOwner, "sessionId">> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id, true);
  try {
    const { userId, rest } = await session.send(GetSessionInfo, { index: 0xff, id: bytes }, { signal });
    // IPMI 2.0 table 22-25: level, channel, then for a LAN channel 4 bytes of IP address, 6 of MAC address, the port.
    const address = rest.length >= 14 ? rest.subarray(2, 6).join(".") : undefined;
    const port = (rest[12] ?? 0) | ((rest[13] ?? 0) << 8);
    return {
      ...(userId === undefined ? {} : { userId }),
      ...(address === undefined || address === "0.0.0.0" ? {} : { address: `${address}:${port}` }),
    };
  } catch (error) {
    if (error instanceof RackhandError && ["ipmi.completion-code", "ipmi.malformed"].includes(error.code)) return {};
    throw error;
  }
}

/** For people. */
export function describeOwner({ sessionId, address, userId }: SolOwner): string {
  const facts = [address && `from ${address}`, userId && `BMC user ${userId}`].filter(Boolean).join(", ");
  if (sessionId === undefined) return "another session";
  return `another session${facts ? ` (${facts})` : ` (${sessionId.toString(16).padStart(8, "0")}h)`}`;
}
