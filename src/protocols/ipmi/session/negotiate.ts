import type { RackhandError } from "#base/errors.ts";
import { milliseconds } from "#base/units.ts";
import { privileges, type Privilege } from "../command.ts";
import * as errors from "../errors.ts";
import { RakpStatus, rakpStatusText } from "../rakp.ts";
import type { CipherSuite } from "../crypto.ts";
import { offeredSuites } from "./channel.ts";
import { tryLogin, type Declined, type LoggedIn, type LoginContext, type Proposal } from "./login.ts";

/** What may be tried, best first. */
export interface Plan {
  subject: string;
  username: string;
  suites: readonly CipherSuite[];
  privilege: Privilege;
  nameOnlyLookup: boolean;
}

const full = new Set<number>([RakpStatus.insufficientResources, RakpStatus.insufficientResourcesForRole]);
/** Answers of various firmware to a suite that it does not do or that is disabled. */
const anotherSuite = new Set<number>([
  RakpStatus.invalidAuthentication,
  RakpStatus.invalidIntegrity,
  RakpStatus.noMatchingAuthentication,
  RakpStatus.noMatchingIntegrity,
  RakpStatus.invalidRole,
  RakpStatus.unauthorizedRole,
  RakpStatus.invalidConfidentiality,
  RakpStatus.noCipherSuiteMatch,
  RakpStatus.illegalParameter,
]);
const role = new Set<number>([RakpStatus.invalidRole, RakpStatus.unauthorizedRole]);
/** The half-open session is gone or is another than we think: after a datagram that was sent twice that proves nothing. */
const stale = new Set<number>([
  RakpStatus.invalidSessionId,
  RakpStatus.inactiveSessionId,
  RakpStatus.invalidIntegrityCheck,
]);
const lower: Partial<Record<Privilege, Privilege>> = { administrator: "operator", operator: "user" };

/** Goes through suites, ways of looking the user up and levels, one after the other; every password is tried once. */
class Negotiation {
  readonly #context: LoginContext;
  readonly #plan: Plan;
  #suite = 0;
  #nameOnly: boolean;
  #otherLookup = false;
  #userExists = false;
  #privilege: Privilege;
  #startsOver = 0;
  #roleRefused: number | undefined;

  constructor(context: LoginContext, plan: Plan) {
    this.#context = context;
    this.#plan = plan;
    this.#nameOnly = plan.nameOnlyLookup;
    this.#privilege = plan.privilege;
  }

  async run(): Promise<LoggedIn> {
    for (let number = 0; number < 24; number++) {
      const suite = this.#plan.suites[this.#suite];
      if (suite === undefined) break;
      const proposal: Proposal = { suite, privilege: this.#privilege, nameOnlyLookup: this.#nameOnly };
      const outcome = await tryLogin(this.#context, proposal, number);
      if (!("why" in outcome)) return outcome;
      const error = await this.#next(outcome);
      if (error) throw error;
    }
    throw new errors.LoginRefusedError(this.#plan.subject, "every way of logging in was refused");
  }

  /** Prepares the next try, or says why there is none. */
  async #next(declined: Declined): Promise<RackhandError | undefined> {
    const { subject, username } = this.#plan;
    if (declined.why === "password") return new errors.WrongPasswordError(subject, username);
    if (declined.why !== "status") return new errors.WrongKgError(subject, this.#context.given.kg !== undefined);
    const { stage, status } = declined;
    if (full.has(status)) return new errors.SessionsFullError(subject);
    if (stage !== "open" && stale.has(status) && this.#startOver(declined)) return undefined;
    if (stage === "open") return anotherSuite.has(status) ? this.#nextSuite(status) : this.#refused(status);
    if (stage === "rakp4" && status === RakpStatus.invalidIntegrityCheck)
      return new errors.WrongPasswordError(subject, username);
    return this.#nextUser(status);
  }

  #startOver({ stage, status, repeated }: Extract<Declined, { why: "status" }>): boolean {
    const worth = repeated || (stage === "rakp2" && status !== RakpStatus.invalidIntegrityCheck);
    if (!worth || this.#startsOver >= 3) return false;
    this.#startsOver += 1;
    return true;
  }

  async #nextSuite(status: number): Promise<RackhandError | undefined> {
    if (role.has(status)) this.#roleRefused ??= status;
    this.#suite += 1;
    if (this.#suite < this.#plan.suites.length) return undefined;
    if (this.#roleRefused !== undefined && this.#lowerLevel()) return undefined;
    const { subject, username, suites } = this.#plan;
    if (this.#roleRefused !== undefined)
      return new errors.RoleError(subject, username, this.#plan.privilege, rakpStatusText(status));
    const offered = await offeredSuites(this.#context.link, {
      patience: milliseconds(500),
      signal: this.#context.signal,
    });
    return new errors.CipherError(
      subject,
      suites.map(({ id }) => id),
      offered,
      rakpStatusText(status),
    );
  }

  /** RAKP 2 or 4 said no to user, role or algorithm. */
  #nextUser(status: number): Promise<RackhandError | undefined> | RackhandError | undefined {
    const { subject, username } = this.#plan;
    // A user whom one look-up found, only not for this level, is not unknown because the other look-up finds nobody at it.
    if (status === RakpStatus.unauthorizedRole) this.#userExists = true;
    const unknown = status === RakpStatus.unauthorizedName;
    if ((unknown || role.has(status)) && !this.#otherLookup) {
      // Name-only and name-with-level look-ups find different users on different firmware.
      this.#otherLookup = true;
      this.#nameOnly = !this.#plan.nameOnlyLookup;
      return undefined;
    }
    if ((unknown && !this.#userExists) || status === RakpStatus.invalidNameLength)
      return new errors.UnknownUserError(subject, username, rakpStatusText(status));
    if (unknown || role.has(status))
      return this.#lowerLevel()
        ? undefined
        : new errors.RoleError(subject, username, this.#plan.privilege, rakpStatusText(status));
    return anotherSuite.has(status) ? this.#nextSuite(status) : this.#refused(status);
  }

  #lowerLevel(): boolean {
    const next = lower[this.#privilege];
    if (next === undefined || privileges[next] < privileges.user) return false;
    this.#privilege = next;
    this.#suite = 0;
    this.#otherLookup = false;
    this.#nameOnly = this.#plan.nameOnlyLookup;
    return true;
  }

  #refused(status: number): RackhandError {
    return new errors.LoginRefusedError(this.#plan.subject, rakpStatusText(status));
  }
}

/** Logs in, whatever it takes within the plan. Throws the error that fits, `Silence`, and what `accept` throws. */
export function negotiate(context: LoginContext, plan: Plan): Promise<LoggedIn> {
  return new Negotiation(context, plan).run();
}
