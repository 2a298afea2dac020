import type { Ms } from "#base/units.ts";

/**
 * Why characters are missing at this place, or may be: the connection was lost meanwhile (the controller restarted, say); the controller gave packets up;
 * its buffer ran over; or whoever reads here was too slow.
 */
export type SerialGap = "reconnected" | "packets-lost" | "overrun" | "reader-too-slow";

/** Who has the console, in words for people: `another session (from 192.0.2.7:51234)`. */
export interface SerialHolder {
  description: string;
}

/** What comes from a console, in order. */
export type SerialInput =
  | { type: "data"; bytes: Uint8Array }
  /** Never put together what stands on both sides of it. */
  | { type: "gap"; why: SerialGap; seconds?: number }
  | { type: "lost"; detail: string; again: Ms }
  | { type: "connected" }
  /** Somebody else took it; the line waits until it is free. */
  | { type: "taken"; by: string; again: Ms }
  /** False: the host is off or in reset, what is typed goes nowhere. */
  | { type: "host"; available: boolean }
  /** The host holds its line down. */
  | { type: "break" };

export interface SerialOptions {
  signal?: AbortSignal;
  /** Somebody else has the console: may it be taken from them? Asked only at the beginning; afterwards nothing is ever taken back. Default: no. */
  consent?: (holder: SerialHolder) => boolean | Promise<boolean>;
  /** When somebody takes it from us: end with `console.taken`, or wait until it is free. Default `end`. */
  whenTaken?: "end" | "wait";
}

/**
 * A serial console that is open, whatever leads there. A lost connection is made anew by itself, with longer and longer pauses; a gap marks the place.
 * What comes is taken from the controller at once: a slow reader never holds up the host, and loses the oldest (with a gap) once 8 MiB wait for it.
 */
export interface SerialLine extends AsyncDisposable, AsyncIterable<SerialInput> {
  /** What leads there: `SOL at 192.0.2.10:623`. */
  readonly name: string;
  /** The next input; undefined after {@link close}. Throws when the console ended for good: `console.taken`, or why it could not be reached again. */
  next(): Promise<SerialInput | undefined>;
  /**
   * Types. Resolves when the other side has it; rejected with `console.lost` when the connection ended before (it may have arrived), at once with
   * `console.not-connected` while there is none. What would end the console on the controller's side is left out.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Throws UsageError `console.no-break` where this way cannot send one. */
  break(): Promise<void>;
  /** The host was reset by us: on controllers whose console dies of that it is opened anew when nothing comes. */
  hostWasReset(): void;
  /** Gives the console back. Never throws. */
  close(): Promise<void>;
}

/** The serial console of one server. */
export interface SerialFacet {
  /** What leads there, before it is open. */
  readonly name: string;
  /** Throws RefusedError `console.taken` without consent, `console.disabled`, `console.stuck`, and why it cannot be reached. */
  open(options?: SerialOptions): Promise<SerialLine>;
}
