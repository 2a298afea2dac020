/**
 * What some firmware does otherwise in a session, by name, as `bmc.quirks` of a machine lists it. Names that are not here belong to other parts.
 * None is ever on by itself.
 */
export const sessionQuirks = {
  /** Open Session must propose the highest level (0) instead of the wanted one: one old Tyan. */
  "open-privilege-highest": "Open Session proposes level 0",
  /** The code in RAKP 2 is longer than its algorithm says: Supermicro H8QME, Sun ILOM. */
  "rakp2-code-longer": "RAKP 2 codes may be longer than the algorithm's",
  /** The check value in RAKP 4 is another than the specification's, or missing: Intel SE7520AF2, Supermicro X8DTG. */
  "rakp4-unchecked": "the check value of RAKP 4 is not compared",
  /** The BMC leaves the name-only bit out of its codes: Intel 82571. */
  "role-bits-unhashed": "the name-only bit is left out of the RAKP codes",
  /** RAKP 1 must carry 16 bytes of name: Intel 82571. */
  "name-padded": "the user name is padded to 16 bytes in RAKP 1",
  /** Answers carry session id 0: Tyan S2882. */
  "session-id-zero": "answers with session id 0 are taken",
} as const;
export type SessionQuirk = keyof typeof sessionQuirks;
