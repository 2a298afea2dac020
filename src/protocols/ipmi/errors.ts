import {
  ExitCode,
  RackhandError,
  RefusedError,
  UnreachableError,
  UsageError,
  type ErrorOptions,
} from "#base/errors.ts";
import { completionText } from "./completion-codes.ts";

/** Bytes that are not what the specification says. All decoders of this part throw this and nothing else. */
export class MalformedError extends RackhandError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ipmi.malformed", message, options);
  }
}

/** Nothing at all came back. */
export class SilentError extends UnreachableError {
  constructor(subject: string, doing: string, ms: number) {
    super("bmc.silent", `no answer within ${(ms / 1000).toFixed(1)} s ${doing}`, {
      subject,
      advice:
        "check the address, the cable and the power of the controller, UDP port 623 on the way, and that IPMI over LAN is switched on",
    });
  }
}

/** The host is there and says that nobody listens on the port. */
export class PortUnreachableError extends UnreachableError {
  constructor(subject: string) {
    super("bmc.port-unreachable", "nobody listens on this UDP port (ICMP port unreachable)", {
      subject,
      advice:
        "check address and port; IPMI over LAN may be switched off in the controller, or the controller is restarting",
    });
  }
}

/** Something answers, but it is not IPMI. */
export class GarbageError extends UnreachableError {
  constructor(subject: string, datagrams: number) {
    super("bmc.garbage", `it answers, but not with IPMI (${datagrams} datagrams that make no sense)`, {
      subject,
      advice: "check that this address and port are a BMC's and not another service's",
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
  constructor(subject: string, cause: NodeJS.ErrnoException) {
    super("bmc.no-route", `this host cannot send there (${cause.code ?? cause.message})`, {
      subject,
      cause,
      advice: "check this host's own network: link, address, route, firewall",
    });
  }
}

/** User name, password or K_g cannot be right for IPMI: too long, or not what they say they are. Nothing was sent. */
export class CredentialsError extends UsageError {
  constructor(subject: string, message: string, advice: string) {
    super("bmc.credentials", message, { subject, advice });
  }
}

/** The password is wrong. Nothing further is tried with this BMC by this process: BMCs lock accounts. */
export class WrongPasswordError extends RackhandError {
  constructor(subject: string, username: string) {
    super("bmc.auth.password", `the BMC does not know this password for user '${username}'`, {
      subject,
      advice:
        "check the password in the credentials; this one is not tried again by this process, since BMCs lock accounts after 3 to 10 wrong ones. If it is right: a Supermicro BMC may have SMCRAKP switched on (see it over Redfish)",
    });
  }
}

/** Another password was wrong at this BMC less than a minute ago: nothing was sent. The same code as {@link WrongPasswordError}, but it passes. */
export class TooSoonError extends RackhandError {
  constructor(subject: string, seconds: number) {
    super("bmc.auth.password", `not tried: another password was wrong here less than a minute ago`, {
      subject,
      retryable: true,
      advice: `wait ${seconds} s: BMCs lock accounts after 3 to 10 wrong passwords`,
    });
  }
}

/** Name and password are right, the BMC's key (K_g) is not. */
export class WrongKgError extends RackhandError {
  constructor(subject: string, given: boolean) {
    super(
      "bmc.auth.kg",
      given
        ? "the password is right, the BMC key (K_g) is not"
        : "the password is right, but this BMC has a key (K_g) that was not given",
      {
        subject,
        advice: given
          ? "check `kg` in the credentials (text, or 0x and hex digits)"
          : "give its `kg` (text, or 0x and hex digits) in the credentials",
      },
    );
  }
}

/** The BMC knows no such user, or not for this network channel. */
export class UnknownUserError extends RackhandError {
  constructor(subject: string, username: string, status: string) {
    super("bmc.auth.user", `the BMC knows no user '${username}': ${status}`, {
      subject,
      advice: "check the user name; the account must be enabled, with IPMI messaging allowed on the LAN channel",
    });
  }
}

/** The user exists but may not have the level that was asked for, nor any below it that would do. */
export class RoleError extends RackhandError {
  constructor(subject: string, username: string, wanted: string, status: string) {
    super("bmc.auth.role", `user '${username}' may not work as ${wanted}: ${status}`, {
      subject,
      advice: "raise the user's privilege on the LAN channel, or set `privilege` to what the user has",
    });
  }
}

/** No cipher suite in common. */
export class CipherError extends RackhandError {
  constructor(subject: string, tried: readonly number[], offered: readonly number[], status: string) {
    const offer = offered.length > 0 ? `; it says that it offers ${offered.join(", ")}` : "";
    super("bmc.auth.cipher", `the BMC takes none of the cipher suites ${tried.join(", ")}: ${status}${offer}`, {
      subject,
      advice: "enable suite 17 or 3 in the BMC, or set `cipherSuites` (0 and 1 protect nothing)",
    });
  }
}

/** The log-in was refused for a reason that is none of the others. */
export class LoginRefusedError extends RackhandError {
  constructor(subject: string, status: string) {
    super("bmc.auth.refused", `the BMC refused the log-in: ${status}`, {
      subject,
      advice: "look whether the account is locked, and try with ipmitool -I lanplus -vv",
    });
  }
}

/** A controller of the time before RMCP+. */
export class OldProtocolError extends RackhandError {
  constructor(subject: string) {
    super("bmc.ipmi15", "this BMC speaks IPMI 1.5 only", {
      subject,
      advice: "update its firmware; sessions of IPMI 1.5 protect nothing and are not spoken here",
    });
  }
}

/** All session slots are taken. */
export class SessionsFullError extends RackhandError {
  constructor(subject: string) {
    super("bmc.sessions-full", "the BMC has no free session slot", {
      subject,
      retryable: true,
      exitCode: ExitCode.unreachable,
      advice: "close other sessions or wait: BMCs drop idle ones after about a minute",
    });
  }
}

/** The session ended under us and the one new log-in did not help. */
export class SessionLostError extends RackhandError {
  constructor(subject: string, doing: string, cause?: unknown) {
    super("bmc.session-lost", `the session died while ${doing}`, {
      subject,
      retryable: true,
      cause,
      advice: "the controller may be restarting; try again in a minute",
    });
  }
}

/** A command that acts anew each time was sent and its answer did not come: it may have happened or not. Look before sending it again. */
export class AnswerLostError extends RackhandError {
  constructor(subject: string, command: string, cause?: unknown) {
    super("ipmi.answer-lost", `no answer to ${command}: it may have happened or not`, {
      subject,
      cause,
      advice: "look at the machine's state first; it was sent one time only, since a second one would act again",
    });
  }
}

const retryable = new Set([0xc0, 0xc3, 0xc4, 0xd0, 0xd1, 0xd2]);
const advices: Record<number, string> = {
  0xc1: "this firmware has no such command",
  0xd4: "the session's privilege is too low, or the firmware firewall blocks the command",
  0xd5: "the machine is not in a state in which this can be done (on or off?)",
};

/** The BMC did the protocol right and the command not. */
export class CompletionCodeError extends RackhandError {
  readonly completionCode: number;

  constructor(subject: string, command: string, completionCode: number, own?: Readonly<Record<number, string>>) {
    const advice = advices[completionCode];
    super("ipmi.completion-code", `${command}: ${completionText(completionCode, own)}`, {
      subject,
      retryable: retryable.has(completionCode),
      ...(advice === undefined ? {} : { advice }),
    });
    this.completionCode = completionCode;
  }
}

/** Somebody else has the serial console, and nobody said that it may be taken away. */
export class ConsoleTakenError extends RefusedError {
  constructor(subject: string, holder: string) {
    super("console.taken", `the serial console is in use by ${holder}`, {
      subject,
      advice: "wait until it is free, or take it over",
    });
  }
}

/** Serial-over-LAN is switched off in the controller, or not for this user. */
export class ConsoleDisabledError extends RackhandError {
  constructor(subject: string, why: string) {
    super("console.disabled", `no Serial-over-LAN: ${why}`, {
      subject,
      advice:
        "switch SOL on in the controller (ipmitool sol set enabled true) and allow it to this user (ipmitool sol payload enable)",
    });
  }
}

/** The controller says that the console is taken, whatever is done about it. */
export class ConsoleStuckError extends RackhandError {
  constructor(subject: string, rounds: number) {
    super("console.stuck", `the serial console stays taken although it was freed ${rounds} times`, {
      subject,
      retryable: true,
      advice:
        "a session that died may still hold it: wait a minute; if that does not help, restart the controller (the host keeps running)",
    });
  }
}

/** SOL is served on another port, where it needs a session of its own. */
export class ConsolePortError extends RackhandError {
  readonly port: number;

  constructor(subject: string, port: number) {
    super("console.port", `this BMC wants the serial console on port ${port}`, {
      subject,
      retryable: true,
      advice: "a firewall or port-forward in front of it must let that port through",
    });
    this.port = port;
  }
}
