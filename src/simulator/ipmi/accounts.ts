import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";

export type AccountPrivilege = "callback" | "user" | "operator" | "administrator";
/** Privilege levels as they go on the wire (IPMI 2.0 §13.17, maximum privilege level). */
export const privilegeLevels: Record<AccountPrivilege, number> = {
  callback: 1,
  user: 2,
  operator: 3,
  administrator: 4,
};

export interface Account {
  name: string;
  password: string;
  /** The user's limit. Default administrator. */
  privilege?: AccountPrivilege;
  /** False: Redfish only; IPMI knows no such user. */
  ipmi?: boolean;
}

export interface LockoutOptions {
  /** Wrong passwords in a row after which an account is shut. */
  after: number;
  lasts: Ms;
  /** A locked account is answered like an unknown one, or not at all. */
  how: "refused" | "silent";
}

/** How RAKP 1 asks for a user. */
type Lookup = "name" | "privilege" | "exactly";

/** The users of one BMC and their lock-outs. */
export class Accounts {
  #list: readonly Required<Account>[];
  readonly #lockout: LockoutOptions | undefined;
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { count: number; last: number }>();

  constructor(accounts: readonly Account[], clock: Clock, lockout?: LockoutOptions) {
    this.#list = accounts.map((account) => ({ privilege: "administrator", ipmi: true, ...account }));
    this.#clock = clock;
    this.#lockout = lockout;
  }

  get list(): readonly Required<Account>[] {
    return this.#list;
  }

  /** Adds an account, or replaces the one of that name. */
  put(account: Account): void {
    const whole = { privilege: "administrator" as const, ipmi: true, ...account };
    const known = this.#list.some((one) => one.name === account.name);
    this.#list = known ? this.#list.map((one) => (one.name === account.name ? whole : one)) : [...this.#list, whole];
  }

  remove(name: string): void {
    this.#list = this.#list.filter((one) => one.name !== name);
  }

  /** Whether or not IPMI may use it. */
  named(name: string): Required<Account> | undefined {
    return this.#list.find((one) => one.name === name);
  }

  /**
   * IPMI 2.0 §13.20: by name alone, or by name and privilege. For the latter firmware takes the first of that name whose limit reaches the requested
   * level; some wants it equal (`exactly`).
   */
  find(name: string, level: number, how: Lookup): { id: number; account: Required<Account> } | undefined {
    const fits: Record<Lookup, (limit: number) => boolean> = {
      name: () => true,
      privilege: (limit) => limit >= level,
      exactly: (limit) => limit === level,
    };
    const index = this.list.findIndex(
      (one) => one.ipmi && one.name === name && fits[how](privilegeLevels[one.privilege]),
    );
    const account = this.list[index];
    return account && { id: index + 2, account }; // user 1 is the anonymous one, which is disabled
  }

  /** How a locked account is answered; undefined when it is not locked. */
  locked(name: string): LockoutOptions["how"] | undefined {
    const wrong = this.#wrong.get(name);
    if (!this.#lockout || !wrong || wrong.count < this.#lockout.after) return undefined;
    if (this.#clock.monotonic() - wrong.last < this.#lockout.lasts) return this.#lockout.how;
    this.#wrong.delete(name);
    return undefined;
  }

  wrongPassword(name: string): void {
    const count = (this.#wrong.get(name)?.count ?? 0) + 1;
    this.#wrong.set(name, { count, last: this.#clock.monotonic() });
  }

  rightPassword(name: string): void {
    this.#wrong.delete(name);
  }
}
