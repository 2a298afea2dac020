import { UsageError } from "#base/errors.ts";
import type { Peer } from "../http/dial.ts";
import type { RedfishOptions, RedfishTarget } from "../target.ts";

/** Checks what was configured; sends nothing. Throws UsageError `redfish.pin`. */
export function peerOf(target: RedfishTarget, options: RedfishOptions): Peer {
  const secure = target.scheme !== "http";
  const port = target.port ?? (secure ? 443 : 80);
  const subject = target.name ?? `${target.host}:${port}`;
  return {
    subject,
    host: target.host,
    port,
    secure,
    legacy: target.tls?.legacy ?? false,
    pin: pinOf(target.tls?.pin, subject),
    onPin: (pin) => options.onPin?.(pin),
    ticket: undefined,
  };
}

function pinOf(written: string | undefined, subject: string): string | undefined {
  if (written === undefined || written === "accept-first") return undefined;
  const pin = written
    .replace(/^sha-?256:/i, "")
    .replaceAll(/[:\s]/g, "")
    .toUpperCase();
  if (/^[0-9A-F]{64}$/.test(pin)) return pin;
  throw new UsageError("redfish.pin", "the pinned certificate is no SHA-256", {
    subject,
    advice: "write 64 hex digits (openssl x509 -fingerprint -sha256), or `accept-first`",
  });
}
