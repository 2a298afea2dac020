import { RackhandError, RefusedError, UnreachableError, UsageError } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";

/** Nothing came back in time. */
export class SilentError extends UnreachableError {
  constructor(subject: string, doing: string, ms: number) {
    super("rfb.silent", `no answer within ${formatDuration(ms)} ${doing}`, {
      subject,
      advice: "check the address, the power of the machine, and the TCP port of its VNC server on the way",
    });
  }
}

/** The host is there and says that nobody listens on the port. */
export class PortUnreachableError extends UnreachableError {
  constructor(subject: string, cause: unknown) {
    super("rfb.port-unreachable", "nobody listens on this TCP port (connection refused)", {
      subject,
      cause,
      advice: "check address and port (display :N is port 5900 + N); VNC may be switched off in the controller",
    });
  }
}

/** The name does not resolve; nothing was sent. */
export class NameError extends UnreachableError {
  constructor(subject: string, host: string, cause: unknown) {
    super("rfb.name", `the name '${host}' could not be resolved`, {
      subject,
      cause,
      advice: "check the name and this host's DNS, or write the address",
    });
  }
}

/** This host cannot send there; nothing reached the server. */
export class NoRouteError extends UnreachableError {
  constructor(subject: string, why: string, cause: unknown) {
    super("rfb.no-route", `this host cannot send there (${why})`, {
      subject,
      cause,
      advice: "check this host's own network: link, address, route, firewall",
    });
  }
}

/** Something answers, but it is no VNC server. */
export class GarbageError extends UnreachableError {
  constructor(subject: string, what: string) {
    super("rfb.garbage", `it answers, but not as a VNC server (${what})`, {
      subject,
      retryable: false,
      advice:
        "check that this address and port are a VNC server's; one that speaks TLS from the first byte must be declared so",
    });
  }
}

/** The connection ended under us. */
export class ClosedError extends UnreachableError {
  constructor(subject: string, doing: string, cause?: unknown) {
    super("rfb.closed", `the connection was closed ${doing}`, {
      subject,
      cause,
      advice:
        "the machine may have been switched off, another viewer may have taken the place, or the server has no place free",
    });
  }
}

/** A message was begun and not finished in time: the server is stuck, or plays for time. The connection is over. */
export class StalledError extends UnreachableError {
  constructor(subject: string, ms: number) {
    super("rfb.stalled", `it began a message and did not finish it within ${formatDuration(ms)}`, {
      subject,
      advice: "the way there is too slow for pictures, or the server hangs: connect again",
    });
  }
}

/** What came breaks the protocol. The connection is over, since nobody knows where the next message begins. */
export class ProtocolError extends RackhandError {
  constructor(subject: string, what: string, cause?: unknown) {
    super("rfb.protocol", `it broke the protocol: ${what}`, {
      subject,
      cause,
      advice: "connect again, with fewer encodings if it stays; the server's firmware is at fault",
    });
  }
}

/** Beyond every honest size. The connection is over. */
export class TooLargeError extends RackhandError {
  constructor(subject: string, what: string) {
    super("rfb.too-large", `${what}: given up`, {
      subject,
      advice: "no console needs this much; check what answers at this address",
    });
  }
}

/** One update painted the screen over and over. The connection is over. */
export class FloodError extends RackhandError {
  constructor(subject: string) {
    super("rfb.flood", "one update of the picture has no end", {
      subject,
      advice: "check what answers at this address, and its firmware",
    });
  }
}

/** The server wants a password, or a name, and none is declared. Nothing was tried. */
export class CredentialsMissingError extends UsageError {
  constructor(subject: string, what: "a password" | "a user name and a password") {
    super("rfb.auth.missing", `the VNC server wants ${what}, and none is declared`, {
      subject,
      advice: "declare credentials for this console",
    });
  }
}

/** The server does not accept the password. It was sent one time only. */
export class WrongPasswordError extends RackhandError {
  constructor(subject: string, said: string) {
    super("rfb.auth.password", `the VNC server does not accept the password${said === "" ? "" : ` ('${said}')`}`, {
      subject,
      advice:
        "check the credentials of this console (VNC passwords have 8 bytes, the rest counts for nothing); it was tried one time only",
    });
  }
}

/** The server refuses everybody for a while after wrong passwords. */
export class LockedOutError extends RackhandError {
  constructor(subject: string, said: string) {
    super("rfb.auth.locked", `the VNC server refuses log-ins for now ('${said}')`, {
      subject,
      retryable: true,
      advice: "somebody sent wrong passwords; wait a minute or more",
    });
  }
}

/** The server refuses without asking for a password. */
export class TurnedAwayError extends RackhandError {
  constructor(subject: string, said: string) {
    super("rfb.refused", `the VNC server refuses the connection ('${said}')`, {
      subject,
      retryable: true,
      advice: "it may have no place free for another viewer, or allow no connection from this host",
    });
  }
}

/** No log-in that both sides know. Nothing secret was sent. */
export class NoCommonSecurityError extends RackhandError {
  constructor(subject: string, offered: readonly string[], why: string) {
    super("rfb.auth.unsupported", `${why} (it offers ${offered.join(", ") || "nothing"})`, {
      subject,
      advice: "allow VNC authentication, or VeNCrypt with TLS, at the server",
    });
  }
}

/** No TLS connection came about. Nothing secret was sent. */
export class TlsError extends UnreachableError {
  constructor(subject: string, message: string, advice: string, cause?: unknown) {
    super("rfb.tls", message, { subject, advice, cause, retryable: false });
  }
}

/** The certificate is not the one that was pinned. Nothing secret was sent. */
export class PinError extends RefusedError {
  readonly seen: string;

  constructor(subject: string, pinned: string, seen: string) {
    super("rfb.tls-pin", "the VNC server shows another certificate than the one that was pinned", {
      subject,
      advice: "compare the SHA-256 of its certificate at the server, then accept it anew. Nothing secret was sent",
      details: { pinned, seen },
    });
    this.seen = seen;
  }
}
