import type { Secret } from "#base/secret.ts";
import { ProtocolError } from "../errors.ts";
import type { Wire } from "../wire/wire.ts";
import type { TlsPeer } from "./tls.ts";

/** What the opening works with. */
export interface Opening {
  readonly wire: Wire;
  readonly subject: string;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly mode: "offered" | "required" | "outer" | "never";
  readonly peer: Omit<TlsPeer, "anonymous">;
}

/** Bytes that came before TLS began are not to be believed. */
export function early(subject: string): Error {
  return new ProtocolError(subject, "bytes before the start of TLS");
}

/** Texts of the server: at most this long, without control characters, fit for a message to a person. */
const longest = 65_536;

/** A text with its length in front (RFC 6143 §7.1.2, §7.3.2). */
export async function readText(wire: Wire, wrong: (length: number) => Error): Promise<string> {
  await wire.need(4);
  const length = wire.u32();
  if (length > longest) throw wrong(length);
  const text = (await wire.read(length)).toString("utf8");
  return text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 200);
}
