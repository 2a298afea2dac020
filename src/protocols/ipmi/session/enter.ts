import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, RefusedError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import * as errors from "../errors.ts";
import { guidHex } from "../guid.ts";
import { speaksIpmi20 } from "./channel.ts";
import { credentials, type Credentials } from "./credentials.ts";
import { Link, Silence } from "./link.ts";
import { proposableSuites, type LoggedIn, type LoginContext } from "./login.ts";
import { negotiate } from "./negotiate.ts";
import { randomBytes } from "./random.ts";
import { sessionQuirks, type SessionQuirk } from "./quirks.ts";
import { mayTry, wasWrong } from "./wrong-passwords.ts";

/** What an earlier session with this BMC found out; tried first. */
export interface Known {
  cipherSuite?: number | undefined;
  nameOnlyLookup?: boolean | undefined;
  privilege?: "user" | "operator" | "administrator" | undefined;
  /** `Session.answersWithin` of last time, in milliseconds: lost datagrams are sent again sooner. */
  answersWithin?: number | undefined;
}

/** Where a BMC is and how to get in. */
export interface IpmiTarget {
  /** Name or address. */
  host: string;
  port: number;
  /** Called so in messages; default `host:port`. */
  name?: string | undefined;
  username: string;
  password: Secret;
  /** Text, or `0x` and hex digits. */
  kg?: Secret | undefined;
  /** In this order; default 17, 3. 0 takes any password: only where somebody wrote it down. */
  cipherSuites?: readonly number[] | undefined;
  /** The level wanted; default administrator. A user who may not have it gets the next lower one: see `Session.privilege`. */
  privilege?: "user" | "operator" | "administrator" | undefined;
  known?: Known | undefined;
  /** Names as in `session/quirks.ts`; others are ignored. */
  quirks?: readonly string[] | undefined;
}

export interface SessionOptions {
  signal?: AbortSignal | undefined;
  clock?: Clock;
  /** Where random numbers come from: session ids, nonces, initialisation vectors. Tests only. */
  random?: (length: number) => Uint8Array;
  /** How long nothing at all may come back while opening (default 1.8 s: silence is shown within 2 s). */
  timeout?: Ms;
  /** Asked with the GUID (32 hex digits as they came) before anything is sent under it, at each log-in; may throw, which ends the log-in. */
  accept?: (guid: string) => void;
  /** The BMC gave out a session id: from now on a crash would leave it open. Also called for each log-in after the first. */
  onSession?: (managedSessionId: number) => void;
  /** That session was closed, or is gone. */
  onSessionEnd?: (managedSessionId: number) => void;
  /** False: a session that died is not opened anew, what was asked in it throws `bmc.session-lost`. For who has more in it than commands (SOL). */
  renew?: boolean;
  /** First sequence number; default 1. Tests only: ipmitool starts at 3. */
  firstSequence?: number;
}

/** A target whose credentials were checked, with every option filled in. */
export interface Entry {
  readonly subject: string;
  readonly bmc: string;
  readonly target: IpmiTarget;
  readonly given: Credentials;
  readonly quirks: ReadonlySet<SessionQuirk>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly timeout: Ms;
  readonly options: SessionOptions;
}

/** Throws CredentialsError. Sends nothing. */
export function entryOf(target: IpmiTarget, options: SessionOptions): Entry {
  const bmc = `${target.host}:${target.port}`;
  const subject = target.name ?? bmc;
  const quirks = new Set(
    (Object.keys(sessionQuirks) as SessionQuirk[]).filter((quirk) => target.quirks?.includes(quirk)),
  );
  return {
    subject,
    bmc,
    target,
    given: credentials(subject, target),
    quirks,
    clock: options.clock ?? systemClock,
    random: options.random ?? randomBytes,
    timeout: options.timeout ?? milliseconds(1800),
    options,
  };
}

/** What silence means when nothing is known about the BMC yet. */
export function unreachable(subject: string, silence: Silence, doing: string, waited: number): RackhandError {
  if (silence.refused) return new errors.PortUnreachableError(subject);
  if (silence.garbage > 0) return new errors.GarbageError(subject, silence.garbage);
  return new errors.SilentError(subject, doing, waited);
}

/** An answer was there before: a slow controller may take its time for the rest. */
const later = seconds(5);

/** A link with somebody logged in on it. */
export interface Entered {
  link: Link;
  login: LoggedIn;
}

/** Opens a socket and logs in. `expected` is the GUID of the session that this one replaces. */
export async function enter(
  entry: Entry,
  known: Known | undefined,
  signal: AbortSignal | undefined,
  expected?: string,
): Promise<Entered> {
  const { target, subject, clock, given } = entry;
  mayTry(entry.bmc, subject, given, clock.monotonic());
  const { host, port } = target;
  const link = await Link.open({ host, port, subject, clock, answersWithin: known?.answersWithin, signal });
  try {
    return { link, login: await logIn(link, entry, known, signal, expected) };
  } catch (error) {
    link.close();
    if (error instanceof errors.WrongPasswordError || error instanceof errors.WrongKgError)
      wasWrong(entry.bmc, given, error, clock.monotonic());
    throw error;
  }
}

async function logIn(
  link: Link,
  entry: Entry,
  known: Known | undefined,
  signal: AbortSignal | undefined,
  expected?: string,
): Promise<LoggedIn> {
  const { target, subject } = entry;
  const begun = entry.clock.monotonic();
  const privilege = known?.privilege ?? target.privilege ?? "administrator";
  let ipmi20: boolean | undefined;
  let first = entry.timeout;
  try {
    if (known?.cipherSuite === undefined) {
      ipmi20 = await speaksIpmi20(link, privilege, { patience: entry.timeout, signal });
      first = later;
    }
    const context = contextOf(link, entry, { first, later }, signal, expected);
    const suites = proposableSuites(target.cipherSuites ?? [17, 3], known?.cipherSuite);
    const plan = {
      subject,
      username: target.username,
      suites,
      privilege,
      nameOnlyLookup: known?.nameOnlyLookup ?? !entry.quirks.has("name-only-refused"),
    };
    return await negotiate(context, plan);
  } catch (error) {
    if (!(error instanceof Silence)) throw error;
    if (ipmi20 === false) throw new errors.OldProtocolError(subject);
    throw unreachable(subject, error, "while opening a session", entry.clock.monotonic() - begun);
  }
}

function contextOf(
  link: Link,
  entry: Entry,
  patience: LoginContext["patience"],
  signal: AbortSignal | undefined,
  expected?: string,
): LoginContext {
  const { given, random, quirks, options, subject } = entry;
  return {
    link,
    given,
    random,
    quirks,
    patience,
    signal,
    opened: (id) => options.onSession?.(id),
    ended: (id) => options.onSessionEnd?.(id),
    accept: (guid) => {
      const hex = guidHex(guid);
      if (expected !== undefined && hex !== expected) {
        throw new RefusedError("bmc.stranger", "another controller answers at this address now", {
          subject,
          advice: "look which controller has this address; nothing was sent to it",
        });
      }
      options.accept?.(hex);
    },
  };
}
