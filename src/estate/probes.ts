import { z } from "zod";
import { milliseconds, seconds } from "#base/units.ts";
import { durationFrom, Host, HostKey, hostAndPort, Name, Port } from "./fields.ts";

/** What is looked at. Credentials are names of Credentials documents. */
export type ProbeCheck =
  | { kind: "tcp"; host: string; port: number }
  | { kind: "ssh"; host: string; port: number; credentials?: string; command?: string; hostKey?: string }
  | { kind: "http"; url: string; status?: number[]; match?: string; insecure?: boolean }
  | { kind: "icmp"; host: string };

const Ssh = z.strictObject({
  host: Host.describe("Host to connect to."),
  port: Port.default(22).describe("TCP port."),
  credentials: Name.exactOptional().describe(
    "Name of a Credentials document with `for: [ssh]`. Without it only the SSH banner is read.",
  ),
  command: z
    .string()
    .min(1)
    .exactOptional()
    .describe("Run after logging in; exit code 0 means ready. Needs `credentials`."),
  hostKey: HostKey.exactOptional().describe("Fingerprint that the host key must have."),
});

const HttpUrl = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });

const Http = z.strictObject({
  url: HttpUrl.describe("Address to get."),
  status: z
    .union([
      z
        .int()
        .min(100)
        .max(599)
        .transform((code) => [code]),
      z.array(z.int().min(100).max(599)).min(1),
    ])
    .exactOptional()
    .describe("Status codes that count as ready (default 200 to 399; redirects are not followed)."),
  match: z.string().min(1).exactOptional().describe("Text that the body must contain."),
  insecure: z.boolean().exactOptional().describe("Accept any TLS certificate."),
});

const shape = {
  tcp: hostAndPort().exactOptional().describe("`host:port` that must accept a TCP connection."),
  ssh: z
    .union([hostAndPort(22), Ssh])
    .exactOptional()
    .describe("`host` or `host:port` whose SSH banner must be read; or more, with a login and a command."),
  http: z
    .union([HttpUrl.transform((url) => ({ url })), Http])
    .exactOptional()
    .describe("Address that must answer with 200 to 399; or more, with codes and a text."),
  icmp: Host.exactOptional().describe("Host that must answer a ping."),
  kind: z
    .enum(["startup", "readiness", "liveness"])
    .describe("`readiness`: does its job; `startup`: has begun to start; `liveness`: is still alive."),
  within: durationFrom(seconds(1))
    .exactOptional()
    .describe("How long `wake` waits for it before the next try (default 15m)."),
  every: durationFrom(milliseconds(100)).describe("Pause between two looks."),
  timeout: durationFrom(milliseconds(100)).describe("One look is given up after this."),
  successes: z.int().min(1).max(100).describe("Consecutive good looks that count as ready."),
  failures: z
    .int()
    .min(1)
    .max(100)
    .describe("Consecutive bad looks that count as gone; so many must have been possible before `wake` resets."),
};

const patience = {
  kind: shape.kind.default("readiness"),
  every: shape.every.prefault("5s"),
  timeout: shape.timeout.prefault("5s"),
  successes: shape.successes.default(1),
  failures: shape.failures.default(1),
};

/** The keys of a probe that say what is looked at; exactly one of them is given. */
export const checkKeys = ["tcp", "ssh", "http", "icmp"] as const;

/** A probe's patience without its check: what defaults may hold. */
export const ProbeDefaults = z.strictObject(shape).partial().meta({ id: "ProbeDefaults" });

const fields = z.strictObject({ ...shape, ...patience });

function onlyCheck(given: z.infer<typeof fields>): ProbeCheck | undefined {
  if (checkKeys.filter((key) => given[key] !== undefined).length !== 1) return undefined;
  if (given.tcp) return { kind: "tcp", ...given.tcp };
  if (given.ssh) return { kind: "ssh", ...given.ssh };
  if (given.http) return { kind: "http", ...given.http };
  return given.icmp === undefined ? undefined : { kind: "icmp", host: given.icmp };
}

/** One readiness check with its patience. */
export const EstateProbe = fields
  .transform((given, context) => {
    const { kind, within, every, timeout, successes, failures } = given;
    const check = onlyCheck(given);
    if (check === undefined) {
      context.addIssue({ code: "custom", message: `needs exactly one of ${checkKeys.join(", ")}` });
      return z.NEVER;
    }
    if (check.kind === "ssh" && check.command !== undefined && check.credentials === undefined) {
      context.addIssue({ code: "custom", path: ["ssh"], message: "a command needs credentials to log in with" });
    }
    return { check, kind, ...(within === undefined ? {} : { within }), every, timeout, successes, failures };
  })
  .meta({ id: "Probe" });
export type EstateProbe = z.infer<typeof EstateProbe>;
