import { randomInt } from "node:crypto";
import type { Clock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import type { SessionKeys } from "#protocols/ipmi/crypto.ts";
import type { BmcCounts } from "../counts.ts";
import type { Account } from "./accounts.ts";
import type { BmcSettings } from "./context.ts";
import type { Peer } from "./peer.ts";
import { SequenceWindow } from "./sequence-window.ts";

/** What Open Session settles. */
export interface NewSession {
  consoleId: number;
  suite: SessionKeys["suite"];
  /** The level asked for; 0 means the highest that the suite allows. */
  requestedLevel: number;
  peer: Peer;
}

/** What RAKP 1 adds: who it shall be, and the two random numbers. */
export interface Challenge {
  consoleRandom: Uint8Array;
  bmcRandom: Uint8Array;
  /** The role byte exactly as it was sent; the hashes cover it. */
  role: number;
  name: string;
  /** The name as it came; the hashes cover it. */
  sentName: Uint8Array;
  userId: number;
  account: Required<Account>;
}

/** One row of the session table. */
export interface SessionRow extends NewSession {
  /** 1-based place in the table: the "session handle" of Get Session Info. */
  readonly handle: number;
  /** The BMC's id: what the console sends. */
  readonly id: number;
  challenge?: Challenge;
  /** From RAKP 4 on. */
  keys?: SessionKeys;
  /** Current privilege level. */
  level: number;
  /** Highest level it may be set to. */
  limit: number;
  /** Its serial console was activated without encryption. */
  solClear?: boolean;
  readonly inbound: { plain: SequenceWindow; signed: SequenceWindow };
  outbound: { plain: number; signed: number };
  lastHeard: number;
}

const user = 2;

/** A handshake that was begun and not ended does not hold its row as long as an open session does. */
const handshakeLimit = seconds(10);

/** The sessions of one BMC. Rows that were idle too long go at the next look. */
export class SessionTable {
  readonly #settings: Pick<BmcSettings, "sessionSlots" | "sessionTimeout">;
  readonly #clock: Clock;
  readonly #counts: BmcCounts["sessions"];
  readonly #crowds: () => boolean;
  #rows: SessionRow[] = [];

  constructor(
    settings: Pick<BmcSettings, "sessionSlots" | "sessionTimeout">,
    clock: Clock,
    counts: BmcCounts["sessions"],
    crowds: () => boolean = () => false,
  ) {
    this.#crowds = crowds;
    this.#settings = settings;
    this.#clock = clock;
    this.#counts = counts;
  }

  /** All rows that are alive, also those still in the handshake. */
  get rows(): readonly SessionRow[] {
    this.#sweep();
    return this.#rows;
  }

  /** Those whose password was proved. */
  get open(): readonly SessionRow[] {
    return this.rows.filter((row) => row.keys);
  }

  /** Undefined: the table is full. */
  begin(session: NewSession): SessionRow | undefined {
    const handles = new Set(this.rows.map((row) => row.handle));
    const handle = Array.from({ length: this.#settings.sessionSlots }, (_, i) => i + 1).find(
      (free) => !handles.has(free),
    );
    if (handle === undefined) return undefined;
    const row: SessionRow = {
      ...session,
      handle,
      id: this.#freshId(),
      level: user,
      limit: user,
      inbound: { plain: new SequenceWindow(), signed: new SequenceWindow() },
      outbound: { plain: 0, signed: 0 },
      lastHeard: this.#clock.monotonic(),
    };
    this.#rows.push(row);
    this.#counts.begun++;
    return row;
  }

  find(id: number): SessionRow | undefined {
    return this.rows.find((row) => row.id === id);
  }

  /** A sign of life. */
  heard(row: SessionRow, peer: Peer): void {
    row.lastHeard = this.#clock.monotonic();
    row.peer = peer;
  }

  remove(row: SessionRow): void {
    if (!row.keys) this.#counts.abandoned++;
    this.#rows = this.#rows.filter((other) => other !== row);
  }

  /** All at once, as when the BMC restarts. */
  clear(): void {
    this.#counts.lost += this.open.length;
    this.#rows = [];
  }

  #sweep(): void {
    const stale = this.#rows.filter((row) => this.#clock.monotonic() - row.lastHeard > this.#limit(row));
    if (stale.length === 0) return;
    const open = stale.filter((row) => row.keys).length;
    this.#counts.timedOut += open;
    this.#counts.abandoned += stale.length - open;
    this.#rows = this.#rows.filter((row) => !stale.includes(row));
  }

  #limit(row: SessionRow): number {
    const sessionTimeout = this.#timeout();
    return row.keys ? sessionTimeout : Math.min(sessionTimeout, handshakeLimit);
  }

  /** Crowded tables drop sooner: the time-out divided by the cube of how many rows are beyond half of them (phosphor-net-ipmid's way). */
  #timeout(): number {
    const { sessionTimeout, sessionSlots } = this.#settings;
    const beyond = this.#crowds() ? this.#rows.length - Math.floor(sessionSlots / 2) : 0;
    return beyond > 1 ? sessionTimeout / beyond ** 3 : sessionTimeout;
  }

  #freshId(): number {
    for (;;) {
      const id = randomInt(1, 0xffff_ffff);
      if (!this.#rows.some((row) => row.id === id)) return id;
    }
  }
}
