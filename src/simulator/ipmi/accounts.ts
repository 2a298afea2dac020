import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";

export type AccountPrivilege = "callback" | "user" | "operator" | "administrator";
/** Privilege levels as they go on the wire (IPMI 2.0 table 22-?, "maximum privilege level"). */
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
}

export interface LockoutOptions {
  /** Wrong passwords in a row after which an account is shut. */
  after: number;
  lasts: Ms;
  /** A locked account is answered like an unknown one, or not at all. */
  how: "refused" | "silent";
}

/** The users of one BMC and their lock-outs. */
export class Accounts {
  readonly list: readonly Required<Account>[];
  readonly #lockout: LockoutOptions | undefined;
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { count: number; last: number }>();

  constructor(accounts: readonly Account[], clock: Clock, lockout?: LockoutOptions) {
    this.list = accounts.map((account) => ({ privilege: "administrator", ...account }));
    this.#clock = clock;
    this.#lockout = lockout;
  }

  /** IPMI 2.0 §13.20: by name alone, or the first of that name whose limit is exactly the requested level. */
  find(name: string, level: number, nameOnly: boolean): { id: number; account: Required<Account> } | undefined {
    const index = this.list.findIndex(
      (one) => one.name === name && (nameOnly || privilegeLevels[one.privilege] === level),
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
