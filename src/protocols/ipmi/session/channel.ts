import type { Ms } from "#base/units.ts";
import type { Command } from "../command.ts";
import { GetChannelAuthenticationCapabilities, GetChannelCipherSuites } from "../commands.ts";
import { decodeResponse, encodeRequest, toBmc, type ResponseMessage } from "../message.ts";
import { encodeLegacy, type Datagram } from "../packet.ts";
import type { Link } from "./link.ts";

/** The channel on which the question arrives. */
const thisChannel = 0x0e;

interface Patience {
  patience: Ms;
  signal: AbortSignal | undefined;
}

/** A question outside of any session goes in IPMI 1.5 framing: framed as RMCP+, several BMCs do not answer. */
async function askPlainly<Q>(
  link: Link,
  command: Command<Q, unknown>,
  request: Q,
  sequence: number,
  limits: Patience,
): Promise<ResponseMessage> {
  const { netFn, code } = command;
  const datagram = encodeLegacy(
    encodeRequest({ ...toBmc, netFn, code, sequence, data: command.request.encode(request) }),
  );
  const answer = (from: Datagram): ResponseMessage | undefined => {
    if (from.kind === "asf" || from.sessionId !== 0 || from.payload.length < 8) return undefined;
    if (from.kind === "plus" && from.payloadType !== 0) return undefined;
    const message = decodeResponse(from.payload);
    return message.netFn === netFn + 1 && message.code === code && message.sequence === sequence ? message : undefined;
  };
  return (await link.ask({ datagram: () => datagram, answer, repeat: true, ...limits })).value;
}

/** Asks whether somebody is there and speaks IPMI 2.0; undefined when the answer does not say. Costs no session slot and measures the round trip. */
export async function speaksIpmi20(
  link: Link,
  privilege: "user" | "operator" | "administrator",
  limits: Patience,
): Promise<boolean | undefined> {
  const ask = (extended: boolean, sequence: number) =>
    askPlainly(
      link,
      GetChannelAuthenticationCapabilities,
      { extended, channel: thisChannel, privilege },
      sequence,
      limits,
    );
  const first = await ask(true, 0);
  // Only an answer that says so is a refusal of the 2.0 bit; a lost packet is not.
  const message = first.completionCode === 0xcc ? await ask(false, 1) : first;
  if (message.completionCode !== 0 || message.data.length < 8) return undefined;
  const answer = GetChannelAuthenticationCapabilities.response.decode(message.data);
  return answer.extended ? answer.ipmi20 : undefined;
}

/** Suite numbers in the records of Get Channel Cipher Suites (§22.15.1): C0h id algorithms…, or C1h id three bytes of maker, algorithms…. */
export function suitesInRecords(records: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 0; at < records.length; at++) {
    const tag = records[at];
    const id = records[at + 1];
    if ((tag !== 0xc0 && tag !== 0xc1) || id === undefined) continue;
    if (tag === 0xc0) ids.push(id);
    at += tag === 0xc0 ? 1 : 4;
  }
  return ids;
}

/** The suites that the BMC says it offers; not always true. Never throws: it only makes another error's message better. */
export async function offeredSuites(link: Link, limits: Patience): Promise<number[]> {
  const pages: number[] = [];
  try {
    for (let index = 0; index < 16; index++) {
      const request = { channel: thisChannel, payloadType: 0, listSuites: true, index };
      const message = await askPlainly(link, GetChannelCipherSuites, request, 2 + index, limits);
      if (message.completionCode !== 0) break;
      const { records } = GetChannelCipherSuites.response.decode(message.data);
      pages.push(...records);
      if (records.length < 16) break;
    }
  } catch {
    // What was read so far is better than nothing.
  }
  return suitesInRecords(Uint8Array.from(pages));
}
