import { milliseconds, type Ms } from "#base/units.ts";

import { noSessionFaults, type SessionFaults } from "./session-faults.ts";
import { noSolFaults, type SolFaults } from "./sol-faults.ts";

export type { NetworkFaults } from "./net/impairment.ts";
export type { SessionFaults } from "./session-faults.ts";
export type { SolFaults } from "./sol-faults.ts";

/** A code instead of the command's own answer; for the first `times` requests, or (without it) always. */
export interface WrongCode {
  code: number;
  times?: number;
}

/**
 * What a simulated BMC does wrong, besides its network. Everything may be changed while it runs, and holds from the next datagram on.
 * Each is something that real controllers were seen doing.
 */
export interface BmcFaults {
  /** Answers every datagram with something that is not IPMI: random bytes, a line of text, an RMCP header cut short. */
  garbage: "none" | "noise" | "text" | "truncated";
  /** By command name as in the specification (`Chassis Control`): the completion code to answer instead of obeying. */
  wrongCodes: Map<string, WrongCode>;
  /** Chassis Status tells the power as it was this long ago. */
  powerReportedLate: Ms;
  /** `in-turn`: while that is not how it is now, the two are told in turn; `on-while-cycling`: a cycle never shows as off. */
  powerReported: "as-is" | "in-turn" | "on-while-cycling";
  /** `ignored`: Chassis Control is answered 00h and nothing happens. */
  powerCommands: "obeyed" | "ignored";
  /** What cycle and reset do to a machine that is off: D5h, nothing (with 00h), or start it. */
  cycleWhenOff: "refused" | "ignored" | "starts";
  /** `refused`: off is answered D5h when the machine is off, as some firmware does. */
  offWhenOff: "obeyed" | "refused";
  /**
   * - `ignored`: kept and read back right, but the firmware boots from disk all the same;
   * - `dropped`: answered 00h and not kept;
   * - `bits-lost`: the device is kept; valid, persistent and UEFI bits read back as 0;
   * - `reverted`: kept, but gone after {@link bootOverrideReverts};
   * - `stuck`: for one boot or not, it reads back as persistent and is;
   * - `first-boot-only`: persistent or not, the first boot uses it up.
   */
  bootOverride: "kept" | "ignored" | "dropped" | "bits-lost" | "reverted" | "stuck" | "first-boot-only";
  bootOverrideReverts: Ms;
  /** The firmware boots in UEFI mode only: an override without the UEFI bit is kept and boots nothing else than the disk. */
  uefiOnly: boolean;
  /** In UEFI mode the disk is selector 24h; 08h leads nowhere. */
  uefiDiskIsRemoteMedia: boolean;
  /** False: boot option parameter 3 is answered 80h, as OpenBMC does. */
  parameter3: boolean;
  /** Open Session is refused with 01h, as with a full table, whatever the table holds. */
  noFreeSlot: boolean;
  /**
   * How RAKP 1's user is looked up: `exact-role` wants the requested level to be the user's own when not asked by name alone; `role-only` knows no
   * look-up by name alone and answers it 0Dh.
   */
  userLookup: "lenient" | "exact-role" | "role-only";
  /** Set Session Privilege Level refuses administrator with this code (80h or 81h), as for users that are limited to operator. */
  administratorRefused: number | undefined;
  /** What is different while sessions are made, and in packets. */
  readonly session: SessionFaults;
  /** What the serial console does wrong. */
  readonly sol: SolFaults;
  /** Called before each command is obeyed; the place to reboot the BMC in mid-session or to pull a cable. */
  beforeCommand: ((command: string) => void) | undefined;
}

/** A controller that does everything right. */
export function noFaults(): BmcFaults {
  return {
    garbage: "none",
    wrongCodes: new Map(),
    powerReportedLate: milliseconds(0),
    powerReported: "as-is",
    powerCommands: "obeyed",
    cycleWhenOff: "refused",
    offWhenOff: "obeyed",
    bootOverride: "kept",
    bootOverrideReverts: milliseconds(500),
    uefiOnly: false,
    uefiDiskIsRemoteMedia: false,
    parameter3: true,
    noFreeSlot: false,
    userLookup: "lenient",
    administratorRefused: undefined,
    session: noSessionFaults(),
    sol: noSolFaults(),
    beforeCommand: undefined,
  };
}
