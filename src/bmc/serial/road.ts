import type { SerialGap, SerialHolder } from "../serial.ts";

/** How a connection ended by itself. */
export type RoadEnd =
  | { why: "taken"; by: string }
  /** Somebody on this host asked for it: it is not opened again by itself. */
  | { why: "released" }
  | { why: "lost"; detail: string; error?: unknown };

/** What a connection tells. Nothing comes after `end`. */
export interface RoadHooks {
  /** The bytes are valid only during the call. */
  data: (bytes: Uint8Array) => void;
  gap: (why: SerialGap) => void;
  host: (available: boolean) => void;
  brk: () => void;
  end: (end: RoadEnd) => void;
}

export interface Connection {
  write(bytes: Uint8Array): Promise<void>;
  break(): Promise<void>;
  /** Never throws, tells nothing more. */
  close(): Promise<void>;
}

/** One way to a serial console: how one connection is made. */
export interface Road {
  readonly name: string;
  /** Who is at the other side, for messages. */
  readonly machine: string;
  /** The console has to be opened anew when nothing comes after a reset of the host. */
  readonly diesOfReset: boolean;
  /** What ends the console when it is typed; known at the latest once connected. */
  readonly leave: () => Uint8Array;
  /** Throws `console.taken` where somebody else has it and `consent` says no. */
  connect(
    hooks: RoadHooks,
    how: { signal: AbortSignal; consent: (holder: SerialHolder) => boolean | Promise<boolean> },
  ): Promise<Connection>;
}
