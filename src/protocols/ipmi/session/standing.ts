import { RoleError, AnswerLostError, CompletionCodeError, SessionLostError } from "../errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { privileges, type CommandEffect, type Privilege } from "../command.ts";
import { CloseSession, GetDeviceId, SetSessionPrivilegeLevel } from "../commands.ts";
import { CompletionCode } from "../completion-codes.ts";
import { guidHex } from "../guid.ts";
import { Conversation, type Heard, type Lane, type LaneOptions } from "./conversation.ts";
import { enter, type Entered, type Entry } from "./enter.ts";
import { Silence } from "./link.ts";

/** A request and how it may be treated. */
export interface Job {
  what: string;
  netFn: number;
  code: number;
  data: Uint8Array;
  effect: CommandEffect;
  /** The level it needs; `highest`: whatever can be had. */
  need: Privilege | "highest";
  signal: AbortSignal | undefined;
  patience: Ms;
  floor?: Ms | undefined;
}

export type Level = "user" | "operator" | "administrator";

/** How long no answer may come, unless the caller says otherwise. */
export const patience: Readonly<Record<CommandEffect, Ms>> = { reads: seconds(3), sets: seconds(6), once: seconds(10) };
/** BMCs drop a session after about 60 s without traffic: after this long a once-command is not trusted to one that may be dead. */
const doubtfulAfter = seconds(10);
const busyFor = seconds(5);

const lower: Partial<Record<Level, Level>> = { administrator: "operator", operator: "user" };
const higher: Partial<Record<Level, Level>> = { user: "operator", operator: "administrator" };
const notDone = new Set<number>([CompletionCode.nodeBusy, CompletionCode.initializing]);
const perhapsDone = new Set<number>([CompletionCode.timeout, CompletionCode.outOfSpace]);
/** Set Session Privilege Level: not for this user, or above a limit. */
const aboveLimit = new Set([0x80, 0x81]);
const nothing = new Uint8Array(0);

function levelOf({ login }: Entered): Level {
  return login.privilege === "administrator" || login.privilege === "operator" ? login.privilege : "user";
}

/** A log-in that is kept up: raised when a command needs it, opened anew once per command when it died. One job at a time. */
export class Standing {
  readonly #entry: Entry;
  #entered: Entered;
  #talk: Conversation;
  #alive = true;
  /** The level in force; RAKP leaves a session at user level whatever was proposed (§13.20). */
  #level: Level = "user";
  /** The level that can be had, as far as is known. */
  #highest: Level;
  #heardAt: number;
  /** Levels that Set Session Privilege Level was refused for in this log-in. */
  readonly #refused = new Set<Level>();

  constructor(entry: Entry, entered: Entered) {
    this.#entry = entry;
    this.#entered = entered;
    this.#talk = this.#conversation();
    this.#highest = levelOf(entered);
    this.#heardAt = entry.clock.monotonic();
  }

  get login(): Entered["login"] {
    return this.#entered.login;
  }

  get highest(): Level {
    return this.#highest;
  }

  get answersWithin(): number {
    return this.#entered.link.slowest;
  }

  get badChecksums(): number {
    return this.#talk.badChecksums;
  }

  /** What this firmware was seen to do otherwise. */
  get oddities(): readonly string[] {
    const { badChecksums, zeroIds } = this.#talk;
    return [
      ...this.login.oddities,
      ...(badChecksums > 0 ? ["message-checksum-wrong"] : []),
      ...(zeroIds > 0 ? ["session-id-zero"] : []),
    ];
  }

  /** Throws AnswerLostError, SessionLostError, RoleError, whatever a new log-in throws, and the signal's reason. */
  async perform(job: Job): Promise<Heard> {
    try {
      return await this.#attempt(job);
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
      this.#alive = false;
      if (!this.#renews) throw this.#lost(job, error);
    }
    // The one new log-in: whatever was met with silence is asked again in the new session.
    try {
      return await this.#attempt(job);
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
      this.#alive = false;
      throw this.#lost(job, error);
    }
  }

  /** Payloads of another type, until this log-in ends. */
  lane(options: LaneOptions): Lane {
    return this.#talk.lane(options);
  }

  /** Closes it; sends that twice and waits no longer than `most` for the BMC's word: some never give it. Never throws. */
  async leave(most: Ms): Promise<void> {
    if (!this.#alive) return this.#farewell();
    const { name: what, netFn, code } = CloseSession;
    const wait = milliseconds(Math.min(most, this.#entered.link.twice));
    const how = { effect: "sets", need: "callback", signal: undefined, patience: wait } as const;
    await this.#say({ what, netFn, code, data: this.#closeRequest(), ...how }).catch(() => undefined);
    this.#gone();
  }

  get #renews(): boolean {
    return this.#entry.options.renew ?? true;
  }

  #lost(job: Job, cause?: unknown): SessionLostError {
    return new SessionLostError(this.#entry.subject, `doing ${job.what}`, cause);
  }

  #conversation(): Conversation {
    const { random, options, quirks } = this.#entry;
    const zeroId = quirks.has("session-id-zero");
    return new Conversation({ ...this.#entered, random, firstSequence: options.firstSequence ?? 1, zeroId });
  }

  async #attempt(job: Job): Promise<Heard> {
    if (!this.#alive && !this.#renews) throw this.#lost(job);
    if (!this.#alive) await this.#enterAgain(job.signal);
    const quiet = this.#entry.clock.monotonic() - this.#heardAt;
    if (job.effect === "once" && quiet > doubtfulAfter) await this.#proveAlive(job.signal);
    if (this.#falls(job.need)) await this.#raise(job.need, job.signal);
    const heard = await this.#untilDone(job);
    if (heard.completionCode !== CompletionCode.insufficientPrivilege || this.#level === this.#highest) return heard;
    // Some firmware wants more than the specification says.
    await this.#raise("highest", job.signal);
    const again = await this.#untilDone(job);
    if (again.completionCode === CompletionCode.insufficientPrivilege && this.#gaveNothing && job.need !== "highest")
      throw this.#roleError(
        job.need,
        "the BMC holds the session below user level (the user or the channel is limited)",
      );
    return again;
  }

  /** Every level that can be asked for was refused. */
  get #gaveNothing(): boolean {
    return this.#highest === "user" && this.#refused.has("operator");
  }

  async #say(job: Job): Promise<Heard> {
    const { netFn, code, data, patience, floor, signal } = job;
    const repeat = job.effect !== "once";
    try {
      const { value } = await this.#talk.say({ netFn, code, data, patience, floor, signal, repeat });
      this.#heardAt = this.#entry.clock.monotonic();
      return value;
    } catch (error) {
      if (repeat || !(error instanceof Silence)) throw error;
      this.#alive = false;
      throw new AnswerLostError(this.#entry.subject, job.what, error);
    }
  }

  /** Says it again while the BMC says that it has not done it. */
  async #untilDone(job: Job): Promise<Heard> {
    const { clock } = this.#entry;
    const givenUp = clock.monotonic() + busyFor;
    for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
      const heard = await this.#say(job);
      const { completionCode } = heard;
      const again = notDone.has(completionCode) || (job.effect !== "once" && perhapsDone.has(completionCode));
      if (!again || clock.monotonic() + pause > givenUp) return heard;
      await clock.sleep(milliseconds(pause), job.signal);
    }
  }

  async #proveAlive(signal: AbortSignal | undefined): Promise<void> {
    const { name: what, netFn, code } = GetDeviceId;
    const how = { effect: "reads", need: "user", patience: patience.reads } as const;
    await this.#say({ what, netFn, code, data: nothing, signal, ...how });
  }

  /** The level in force is below what is needed. */
  #falls(need: Job["need"]): boolean {
    return privileges[this.#level] < privileges[need === "highest" ? this.#highest : need];
  }

  /** Raises the level when the job needs more than is in force: to the wanted one, or as far below it as the BMC insists. */
  async #raise(need: Job["need"], signal: AbortSignal | undefined): Promise<void> {
    while (this.#falls(need) && this.#falls("highest")) await this.#raiseTo(this.#highest, signal);
    if (this.#falls(need)) throw this.#roleError(need, `the BMC gives it no more than ${this.#highest}`);
  }

  #roleError(wanted: string, why: string): RoleError {
    const { subject, target } = this.#entry;
    return new RoleError(subject, target.username, wanted, why);
  }

  async #raiseTo(privilege: Level, signal: AbortSignal | undefined): Promise<void> {
    const { name: what, netFn, code, request, completionCodes } = SetSessionPrivilegeLevel;
    const data = request.encode({ privilege });
    const how = { effect: "sets", need: "callback", patience: patience.reads } as const;
    const { completionCode } = await this.#say({ what, netFn, code, data, signal, ...how });
    if (completionCode === CompletionCode.ok) {
      this.#level = privilege;
      return;
    }
    this.#refused.add(privilege);
    const next = this.#otherLevel(privilege, completionCode);
    if (next === undefined) throw new CompletionCodeError(this.#entry.subject, what, completionCode, completionCodes);
    this.#highest = next;
  }

  /** One lower where it is too high; D4h may also mean that the firmware takes no level but the user's own. None that was refused before. */
  #otherLevel(privilege: Level, completionCode: number): Level | undefined {
    const insists = completionCode === CompletionCode.insufficientPrivilege;
    const others = aboveLimit.has(completionCode)
      ? [lower[privilege]]
      : insists
        ? [higher[privilege], lower[privilege]]
        : [];
    return others.find((level) => level !== undefined && !this.#refused.has(level));
  }

  /** A new log-in in place of a session that died; what worked before is tried first. */
  async #enterAgain(signal: AbortSignal | undefined): Promise<void> {
    const { login } = this.#entered;
    this.#farewell();
    const { suite, nameOnlyLookup } = login;
    const known = { cipherSuite: suite.id, nameOnlyLookup, privilege: levelOf(this.#entered) };
    this.#entered = await enter(this.#entry, known, signal, guidHex(login.guid));
    this.#talk = this.#conversation();
    this.#highest = levelOf(this.#entered);
    this.#level = "user";
    this.#refused.clear();
    this.#alive = true;
    this.#heardAt = this.#entry.clock.monotonic();
  }

  #closeRequest(): Uint8Array {
    return CloseSession.request.encode({ managedSessionId: this.login.managedId });
  }

  /** In case only our hearing was lost: frees the slot, waits for nothing. */
  #farewell(): void {
    this.#talk.tell(CloseSession.netFn, CloseSession.code, this.#closeRequest());
    this.#gone();
  }

  #gone(): void {
    this.#entered.link.close();
    this.#entry.options.onSessionEnd?.(this.login.managedId);
  }
}
