/**
 * What some firmware does otherwise in a session, by name, as `bmc.quirks` of a machine lists it. Names that are not here belong to other parts.
 */
export const sessionQuirks = {
  /** Open Session must propose the highest level (0) instead of the wanted one: one old Tyan. */
  "open-privilege-highest": "Open Session proposes level 0",
  /** The code in RAKP 2 is longer than its algorithm says: Supermicro H8QME, Sun ILOM. */
  "rakp2-code-longer": "RAKP 2 codes may be longer than the algorithm's",
  /** The check value in RAKP 4 is another than the specification's, or missing: Intel SE7520AF2. */
  "rakp4-unchecked": "the check value of RAKP 4 is not compared",
  /** The BMC leaves the name-only bit out of its codes: Intel 82571. Seen by itself in RAKP 2. */
  "role-bits-unhashed": "the name-only bit is left out of the RAKP codes",
  /** Users are found by name and level together only, or RAKP 3 is checked without the name-only bit: Intel SE7520AF2. Seen by itself where it is refused. */
  "name-only-refused": "the first log-in goes without the name-only bit",
  /** Only the first 16 bytes of a password were kept: Supermicro X8DTG. Seen by itself in RAKP 2. */
  "password-cut": "passwords have 16 bytes",
  /** The name must have 16 bytes: Intel SE7520AF2. */
  "name-padded": "the user name is padded to 16 bytes, and said to have them",
  /** RAKP 1 must be as long as with the longest name: Intel 82571. */
  "rakp1-padded": "RAKP 1 has room for 16 bytes of name, whatever it has",
  /** `icts` of ipmitool. */
  "integrity-pad-uncounted": "the pad before a packet's code leaves pad length and next header out of its count",
  /** Answers carry session id 0: Tyan S2882. Seen by itself where packets are signed. */
  "session-id-zero": "answers with session id 0 are taken",
} as const;
export type SessionQuirk = keyof typeof sessionQuirks;
