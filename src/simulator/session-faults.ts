/**
 * What a simulated BMC does otherwise while sessions are made, and in the framing of packets. Each is something that real controllers were seen doing;
 * all may be changed while it runs.
 */
export interface SessionFaults {
  /** Questions outside of a session are heard in IPMI 1.5 framing only. */
  plainFramingOnly: boolean;
  /** Get Channel Authentication Capabilities answers the bit that asks for IPMI 2.0 with CCh. */
  extendedRefused: boolean;
  /** The capabilities say the opposite of whether a K_g is set. */
  kgStatusLies: boolean;
  /** RMCP pings get no pong. */
  noPong: boolean;
  /** What Get Channel Cipher Suites lists; undefined: what is taken. */
  advertisedSuites: readonly number[] | undefined;
  /** The records of that list have their tag bits mixed up. */
  suiteTags: "right" | "wrong";
  /** The status for a suite that is not taken. */
  suiteRefusal: number;
  /** `highest-only`: Open Session is refused unless it proposes level 0. */
  openLevels: "all" | "highest-only";
  /**
   * Which role the RAKP codes cover: the byte of RAKP 1, the same without its name-only bit (in all codes or in RAKP 3's alone), or with the level
   * that Open Session proposed.
   */
  hashedRole: "as-sent" | "without-lookup-bit" | "without-lookup-bit-in-rakp3" | "as-opened";
  /** The status for a user whom this way of looking up does not find. */
  lookupRefusal: number;
  /** `full`: a RAKP 1 of less than 44 bytes is not heard. `padded`: and its name must have 16 bytes. */
  rakp1: "any" | "full" | "padded";
  /** Passwords are kept with 16 bytes. */
  passwordsCut: boolean;
  /** `longer`: with a byte too many. */
  rakp2Code: "right" | "longer";
  /** The check value of RAKP 4 made with the integrity algorithm, or there although suite 0 has none. */
  rakp4Check: "right" | "by-integrity" | "in-suite-0";
  /** RAKP codes that no standard client can make (SMCRAKP). */
  hardened: boolean;
  /** What the pad before a packet's code fills up: all that is signed, or all but pad length and next header. Packets padded otherwise are not heard. */
  integrityPad: "all" | "without-trailer";
  checksums: "right" | "first-wrong" | "second-wrong";
  /** Answers carry session id 0. */
  zeroSessionId: boolean;
  /** From one packet's sequence number to the next one's. */
  sequenceStep: number;
  closeUnanswered: boolean;
  /** Before each answer in a session come packets that are none: too short, and of another type. */
  strayPackets: boolean;
  /**
   * Set Session Privilege Level: `limit-only` answers D4h to any level but the user's own limit; `callback` leaves every session at callback and
   * answers 81h.
   */
  levels: "all" | "limit-only" | "callback";
  /** A table that is more than half full drops idle sessions sooner, the fuller the sooner. */
  crowding: boolean;
}

/** A controller that keeps to the specification. */
export function noSessionFaults(): SessionFaults {
  return {
    plainFramingOnly: false,
    extendedRefused: false,
    kgStatusLies: false,
    noPong: false,
    advertisedSuites: undefined,
    suiteTags: "right",
    suiteRefusal: 0x11,
    openLevels: "all",
    hashedRole: "as-sent",
    lookupRefusal: 0x0d,
    rakp1: "any",
    passwordsCut: false,
    rakp2Code: "right",
    rakp4Check: "right",
    hardened: false,
    integrityPad: "all",
    checksums: "right",
    zeroSessionId: false,
    sequenceStep: 1,
    closeUnanswered: false,
    strayPackets: false,
    levels: "all",
    crowding: false,
  };
}
