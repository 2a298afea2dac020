import { isIPv6 } from "node:net";
import { z } from "zod";
import type { Ms } from "#base/units.ts";
import { formatDuration, parseDuration } from "#base/units.ts";

/** Names of machines, sites, credentials, probes and jobs: they appear in file names, on command lines and in DNS-like places. */
export const Name = z
  .string()
  .max(253, "is longer than 253 characters")
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    "must be letters, digits, dots, dashes and underscores, and begin and end with a letter or digit",
  );

/** `180s`, `5m`, `1h30m` → milliseconds. */
export const Duration = z
  .string({
    error: (issue) =>
      typeof issue.input === "number" ? `${issue.input} of what? write a duration like 180s, 5m or 1h30m` : undefined,
  })
  .transform((text, context): Ms => {
    try {
      return parseDuration(text);
    } catch {
      context.addIssue({ code: "custom", message: `'${text}' is not a duration; write it like 180s, 5m, 1h30m or 2d` });
      return z.NEVER;
    }
  })
  .meta({ pattern: String.raw`^(\d+(\.\d+)?\s*(ms|min|[smhd])\s*)+$` });

/** A duration that must not be shorter: what is repeated without a pause, or given up before it began, helps nobody. */
export const durationFrom = (least: Ms) =>
  Duration.refine((given) => given >= least, `must be at least ${formatDuration(least)}`);

export interface HostPort {
  host: string;
  port?: number;
}

/** Splits `host`, `host:port`, `192.0.2.1:22`, `2001:db8::1`, `[2001:db8::1]:22`; undefined when it is none of them. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s/@]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return isIPv6(text) ? { host: text } : undefined;
  const host = match[1] ?? match[2] ?? "";
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if ((match[1] !== undefined && !isIPv6(host)) || port === 0 || (port ?? 1) > 65_535) return undefined;
  return port === undefined ? { host } : { host, port };
}

export const Port = z.int("must be a whole number").min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535");

/** A host name or address, without a port. */
export const Host = z
  .string()
  .refine(
    (text) => parseHostPort(text)?.port === undefined && parseHostPort(text) !== undefined,
    "is not a host name or address",
  );

/** `host:port`; with `defaultPort` the port may be left out. */
export function hostAndPort(defaultPort?: number) {
  return z.string().transform((text, context): { host: string; port: number } => {
    const parsed = parseHostPort(text);
    const port = parsed?.port ?? defaultPort;
    if (parsed !== undefined && port !== undefined) return { host: parsed.host, port };
    const advice = defaultPort === undefined ? "must be written host:port" : "must be a host, or host:port";
    context.addIssue({ code: "custom", message: `${advice} ([address]:port for IPv6)` });
    return z.NEVER;
  });
}

/** Six bytes in hexadecimal; given back in lower case with colons. */
export const MacAddress = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}$/, "is not a MAC address (52:54:00:12:34:56)")
  .transform((text) => text.toLowerCase().replaceAll("-", ":"));

/** Fingerprint of an SSH host key. */
export const HostKey = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, "must be a fingerprint as `ssh-keygen -l` prints it: SHA256:…");
