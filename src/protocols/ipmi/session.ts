import { milliseconds } from "#base/units.ts";
import type { Ms } from "#base/units.ts";
import type { Command, CommandEffect } from "./command.ts";
import { CloseSession } from "./commands.ts";
import { CompletionCode } from "./completion-codes.ts";
import { CompletionCodeError, SessionLostError } from "./errors.ts";
import { guidHex } from "./guid.ts";
import type { Heard, Lane } from "./session/conversation.ts";
import { enter, entryOf, type Entry, type IpmiTarget, type SessionOptions } from "./session/enter.ts";
import { patience, Standing, type Job, type Level } from "./session/standing.ts";
import { forgetWrong } from "./session/wrong-passwords.ts";

export type { IpmiTarget, SessionOptions } from "./session/enter.ts";

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /** How long no answer may come (default 3 s for what reads, 6 s for what sets, 10 s for what may be done only once). */
  timeout?: Ms | undefined;
}

export interface RawOptions extends SendOptions {
  /** Default `once`: what nobody described is not sent twice. */
  effect?: CommandEffect;
}

/** What a BMC answered to a raw request; `data` is without the completion code. */
export type RawAnswer = Heard;

/** The request may be left out where all its fields may. */
type RequestArguments<Q> = {} extends Q ? [request?: Q, options?: SendOptions] : [request: Q, options?: SendOptions];

/** What changes something takes real controllers a while: asked again sooner, they would only queue it up. */
const changing = milliseconds(500);

/**
 * An IPMI 2.0 session with one BMC. Commands go one at a time, in the order in which they were given. A session that died is opened anew once per
 * command; a command that acts anew each time is sent a single time, and a lost answer to it is `ipmi.answer-lost`: look before sending it again.
 */
export class Session implements AsyncDisposable {
  readonly #subject: string;
  readonly #port: number;
  readonly #standing: Standing;
  #closed: Promise<void> | undefined;
  /** The end of the last job given; undefined when nothing is under way, so that no idle session keeps an old answer in memory. */
  #last: Promise<void> | undefined;

  private constructor(entry: Entry, standing: Standing) {
    this.#subject = entry.subject;
    this.#port = entry.target.port;
    this.#standing = standing;
  }

  /**
   * Logs in: three round trips where `target.known.cipherSuite` is given, else one more, and some where suites or levels are refused.
   * Throws, each with its own code: `bmc.silent`, `bmc.port-unreachable`, `bmc.garbage`, `bmc.name`, `bmc.no-route`, `bmc.credentials`,
   * `bmc.auth.password`, `.kg`, `.user`, `.role`, `.cipher`, `.refused`, `bmc.sessions-full`, `bmc.ipmi15`, the signal's reason, and what `accept` throws.
   */
  static async open(target: IpmiTarget, options: SessionOptions = {}): Promise<Session> {
    const entry = entryOf(target, options);
    return new Session(entry, new Standing(entry, await enter(entry, target.known, options.signal)));
  }

  /** The controller's GUID from RAKP 2: 32 hex digits as they came. `formatGuid` makes it readable. */
  get guid(): string {
    return guidHex(this.#standing.login.guid);
  }

  get cipherSuite(): number {
    return this.#standing.login.suite.id;
  }

  /** The level that this session can have: lower than the wanted one when the BMC gives no more, which is sure once a command needed it. */
  get privilege(): Level {
    return this.#standing.highest;
  }

  /** The UDP port that it goes to. */
  get port(): number {
    return this.#port;
  }

  /** How messages name the BMC. */
  get subject(): string {
    return this.#subject;
  }

  get nameOnlyLookup(): boolean {
    return this.#standing.login.nameOnlyLookup;
  }

  /** The BMC's id of the session: what Close Session takes. Another one after a new log-in. */
  get managedSessionId(): number {
    return this.#standing.login.managedId;
  }

  get consoleSessionId(): number {
    return this.#standing.login.consoleId;
  }

  /** The slowest answer so far to something that was sent once, in milliseconds; worth remembering as `known.answersWithin`. */
  get answersWithin(): number {
    return this.#standing.answersWithin;
  }

  /** Answers whose message checksum was wrong: a firmware fault, harmless in a signed packet. */
  get badChecksums(): number {
    return this.#standing.badChecksums;
  }

  /** What this firmware was seen to do otherwise, as `bmc.quirks` names it; worth remembering for `target.quirks`. */
  get oddities(): readonly string[] {
    return this.#standing.oddities;
  }

  /**
   * Sends a command and returns its decoded answer. Node busy and its like are waited for, 5 s in all. Throws `ipmi.completion-code`,
   * `ipmi.malformed`, `ipmi.answer-lost`, `bmc.session-lost`, `bmc.auth.role`, what {@link Session.open} throws when a new log-in was needed, and the
   * signal's reason.
   */
  async send<Q extends object, R>(
    command: Command<Q, R>,
    ...[request, options = {}]: RequestArguments<NoInfer<Q>>
  ): Promise<R> {
    const job = jobOf(command, request, options);
    const { completionCode, data } = await this.#queue(job);
    if (completionCode === CompletionCode.ok) return command.response.decode(data);
    throw new CompletionCodeError(this.#subject, command.name, completionCode, command.completionCodes);
  }

  /** Sends any request at the highest level that can be had; a completion code other than 0 is returned, not thrown. */
  raw(netFn: number, code: number, data: Uint8Array, options: RawOptions = {}): Promise<RawAnswer> {
    const { effect = "once", signal, timeout = patience[effect] } = options;
    const what = `raw command ${Buffer.of(netFn, code).toString("hex").replace(/../, "$& ")}`;
    return this.#queue({ what, netFn, code, data, effect, signal, need: "highest", patience: timeout });
  }

  /**
   * Opens the way for payloads of another type (SOL is 1) beside the commands. It ends with this log-in: use `renew: false`. `sequence` rises with what
   * the BMC sent; a datagram that came twice comes here once. `clear`: not encrypted although the session is.
   */
  lane(payloadType: number, clear: boolean, receive: (payload: Uint8Array, sequence: number) => void): Lane {
    return this.#standing.lane({ payloadType, clear, receive });
  }

  /** Closes the session after the commands under way; waits at most half a second for the BMC's word. Never throws. Later commands are refused. */
  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #queue(job: Job): Promise<Heard> {
    if (this.#closed) return Promise.reject(new SessionLostError(this.#subject, `doing ${job.what}: it was closed`));
    const result = this.#last ? this.#last.then(() => this.#standing.perform(job)) : this.#standing.perform(job);
    const ended = () => {
      if (this.#last === last) this.#last = undefined;
    };
    const last: Promise<void> = result.then(ended, ended);
    this.#last = last;
    return result;
  }

  async #leave(): Promise<void> {
    await this.#last;
    await this.#standing.leave(milliseconds(500));
  }
}

function jobOf<Q extends object, R>(command: Command<Q, R>, request: Q | undefined, options: SendOptions): Job {
  // Left out only where {} is a whole request: RequestArguments sees to that.
  const given = request ?? ({} as Q);
  const effect = command.effect(given);
  const { name: what, netFn, code } = command;
  return {
    what,
    netFn,
    code,
    effect,
    data: command.request.encode(given),
    need: command.privilege === "none" ? "callback" : command.privilege,
    signal: options.signal,
    patience: options.timeout ?? patience[effect],
    ...(effect === "sets" ? { floor: changing } : {}),
  };
}

/**
 * Closes another session of this BMC by the id that the BMC gave it (a killed process left it behind). True when it was there. Needs a user who may
 * close others' sessions; throws as {@link Session.send} does.
 */
export async function closeSessionById(
  session: Session,
  managedSessionId: number,
  options: SendOptions = {},
): Promise<boolean> {
  const data = CloseSession.request.encode({ managedSessionId });
  const { netFn, code } = CloseSession;
  const { completionCode } = await session.raw(netFn, code, data, { effect: "sets", ...options });
  return completionCode === CompletionCode.ok;
}

/** Lets a new password be tried at once: somebody just set it in the BMC. */
export function forgetWrongPassword(host: string, port: number): void {
  forgetWrong(`${host}:${port}`);
}
