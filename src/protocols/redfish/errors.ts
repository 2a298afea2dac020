import { ExitCode, RackhandError, RefusedError, UnreachableError } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import type { Message } from "./messages.ts";

/** Nothing at all came back in time. The codes that begin with `bmc.` mean the same over IPMI. */
export class SilentError extends UnreachableError {
  constructor(subject: string, doing: string, ms: number) {
    super("bmc.silent", `no answer within ${formatDuration(ms)} ${doing}`, {
      subject,
      advice: "check the address, the cable and the power of the controller, and TCP port 443 on the way",
    });
  }
}

/** The host is there and says that nobody listens on the port. */
export class PortUnreachableError extends UnreachableError {
  constructor(subject: string, cause: unknown) {
    super("bmc.port-unreachable", "nobody listens on this TCP port (connection refused)", {
      subject,
      cause,
      advice:
        "check address and port; HTTPS may be switched off in the controller, or the controller is restarting (2 to 8 minutes)",
    });
  }
}

/** The name of the BMC does not resolve; nothing was sent. */
export class NameError extends UnreachableError {
  constructor(subject: string, host: string, cause: unknown) {
    super("bmc.name", `the name '${host}' could not be resolved`, {
      subject,
      cause,
      advice: "check the name and this host's DNS, or write the address",
    });
  }
}

/** This host cannot send there: no route, link down, or a local rule; nothing reached the BMC. */
export class NoRouteError extends UnreachableError {
  constructor(subject: string, why: string, cause: unknown) {
    super("bmc.no-route", `this host cannot send there (${why})`, {
      subject,
      cause,
      advice: "check this host's own network: link, address, route, firewall",
    });
  }
}

/** The connection broke before the whole answer was here. What was asked only reads, or may be repeated. */
export class ConnectionLostError extends UnreachableError {
  constructor(subject: string, doing: string, cause?: unknown) {
    super("redfish.connection-lost", `the connection broke ${doing}`, {
      subject,
      cause,
      advice: "the controller may be restarting, or has too many connections; try again in a minute",
    });
  }
}

/** A request that acts anew each time was sent and its answer did not come: it may have happened or not. */
export class AnswerLostError extends RackhandError {
  constructor(subject: string, request: string, cause?: unknown) {
    super("redfish.answer-lost", `no answer to ${request}: it may have happened or not`, {
      subject,
      cause,
      advice: "look at the machine's state first; it was sent one time only, since a second one would act again",
    });
  }
}

/** No TLS connection came about. Nothing secret was sent. */
export class TlsError extends UnreachableError {
  constructor(subject: string, message: string, advice: string, cause?: unknown) {
    super("redfish.tls", message, { subject, advice, cause, retryable: false });
  }
}

/** The certificate is not the one that was pinned. Nothing secret was sent. */
export class PinError extends RefusedError {
  readonly seen: string;

  constructor(subject: string, pinned: string, seen: string) {
    super("redfish.tls-pin", "the controller shows another certificate than the one that was pinned", {
      subject,
      advice:
        "a firmware update or a factory reset makes a new one: compare its SHA-256 in the controller's web page, then accept it with `rackhand probe M --accept`. Nothing secret was sent",
      details: { pinned, seen },
    });
    this.seen = seen;
  }
}

/** Name or password are wrong. Nothing further is tried with them at this BMC by this process: BMCs lock accounts. */
export class WrongPasswordError extends RackhandError {
  constructor(subject: string, username: string, said: string) {
    super("bmc.auth.password", `the BMC does not accept user '${username}' with this password${said}`, {
      subject,
      advice:
        "check name and password in the credentials; they are not tried again by this process, since BMCs lock accounts after 3 to 10 wrong ones",
    });
  }
}

/** Another password was wrong at this BMC less than a minute ago: nothing was sent. The same code as {@link WrongPasswordError}, but it passes. */
export class TooSoonError extends RackhandError {
  constructor(subject: string, seconds: number) {
    super("bmc.auth.password", "not tried: another password was wrong here less than a minute ago", {
      subject,
      retryable: true,
      advice: `wait ${seconds} s: BMCs lock accounts after 3 to 10 wrong passwords`,
    });
  }
}

/** All session places are taken, and basic authentication is not allowed (here, or by the BMC). */
export class SessionsFullError extends RackhandError {
  constructor(subject: string, basic: "refused" | "not allowed") {
    super("bmc.sessions-full", `the BMC has no free Redfish session, and basic authentication is ${basic}`, {
      subject,
      retryable: true,
      exitCode: ExitCode.unreachable,
      advice:
        "delete stale sessions (SessionService/Sessions) or wait: idle ones end after 5 to 30 minutes; basic authentication leaves none behind",
    });
  }
}

/** The session ended under us and the one new log-in did not help. */
export class SessionLostError extends RackhandError {
  constructor(subject: string, doing: string) {
    super("bmc.session-lost", `the session is refused right after the log-in, ${doing}`, {
      subject,
      retryable: true,
      advice: "the controller may be restarting; try again in a minute",
    });
  }
}

/** What came back is no Redfish: broken JSON, a wrong type, a page for people. */
export class MalformedError extends RackhandError {
  constructor(subject: string, message: string, cause?: unknown) {
    super("redfish.garbage", `it sent ${message}`, {
      subject,
      cause,
      advice: "ask again; if it stays, the controller's firmware is at fault: update it, or leave this facet to IPMI",
    });
  }
}

/** A web page where Redfish was asked for. */
export class HtmlError extends RackhandError {
  constructor(subject: string, doing: string, title: string | undefined) {
    super("redfish.html", `a web page${title ? ` ('${title}')` : ""} came instead of Redfish ${doing}`, {
      subject,
      advice: "check address and port (a proxy or a log-in page in between?), and that Redfish is switched on",
    });
  }
}

/** Something answers, but it is not an HTTP server with Redfish on it. */
export class GarbageError extends UnreachableError {
  constructor(subject: string, what: string, cause?: unknown) {
    super("bmc.garbage", `it answers, but not with Redfish (${what})`, {
      subject,
      cause,
      advice: "check that this address and port are a BMC's and not another service's",
    });
  }
}

/** An answer, a collection or a walk beyond every honest size. */
export class TooLargeError extends RackhandError {
  constructor(subject: string, what: string) {
    super("redfish.too-large", `${what}: given up`, {
      subject,
      advice: "no controller should send this much; check what answers at this address, and its firmware",
    });
  }
}

/** It wants to send us elsewhere. Credentials never follow. */
export class RedirectError extends RackhandError {
  constructor(subject: string, to: string) {
    super("redfish.redirect", `it redirects to ${to}`, {
      subject,
      advice: "write that address (and `https`) into the record if it is this controller's; nothing was sent there",
    });
  }
}

export const responseCodes = [
  "redfish.unauthorized",
  "redfish.forbidden",
  "redfish.license",
  "redfish.password-change-required",
  "redfish.not-found",
  "redfish.not-supported",
  "redfish.busy",
  "redfish.post-window",
  "redfish.job-pending",
  "redfish.sessions-full",
  "redfish.action-value",
  "redfish.property-value",
  "redfish.etag",
  "redfish.conflict",
  "redfish.server-error",
  "redfish.error",
] as const;
export type ResponseCode = (typeof responseCodes)[number];

/** The BMC did HTTP right and the request not. `messages` are its own words, by the ends of their ids. */
export class ResponseError extends RackhandError {
  declare readonly code: ResponseCode;
  readonly status: number;
  readonly messages: readonly Message[];

  constructor(
    code: ResponseCode,
    message: string,
    answer: { subject: string; status: number; messages: readonly Message[]; advice: string; retryable: boolean },
  ) {
    const { subject, status, messages, advice, retryable } = answer;
    const details = { status, messages: messages.map(({ key, text }) => ({ id: key, text })) };
    super(code, message, { subject, advice, retryable, details });
    this.status = status;
    this.messages = messages;
  }

  /** True when the BMC gave this message; by the last part of its id (`PropertyValueNotInList`). */
  says(...ids: readonly string[]): boolean {
    return this.messages.some(({ id }) => ids.includes(id));
  }
}

/** A task ended badly. `state` is its own word. */
export class TaskError extends RackhandError {
  readonly state: string;
  readonly messages: readonly Message[];

  constructor(subject: string, what: string, state: string, messages: readonly Message[]) {
    const said = messages.map(({ text }) => text).filter((text) => text !== "");
    super("redfish.task-failed", `${what} ended as ${state}${said.length > 0 ? `: ${said.join(" ")}` : ""}`, {
      subject,
      advice: messages.find(({ resolution }) => resolution !== "")?.resolution ?? "look into the controller's log",
      details: { state, messages: messages.map(({ key, text }) => ({ id: key, text })) },
    });
    this.state = state;
    this.messages = messages;
  }
}

/** What a single resource's fault looks like: the others can be read all the same. */
export const unreadable: ReadonlySet<string> = new Set<string>([
  ...responseCodes.filter((code) => code !== "redfish.unauthorized"),
  "redfish.garbage",
  "redfish.html",
]);
