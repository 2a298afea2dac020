/**
 * What some firmware does otherwise on the serial console, by name, as `bmc.quirks` of a machine lists it. None is ever on by itself: the rest of the
 * handbook's peculiarities is found out while talking.
 */
export const solQuirks = {
  /** An acknowledgement that counts 0 characters means that all were taken: Intel boards. */
  "sol-zero-accept": "accepted count 0 means all",
  /** A packet that is sent again and again wants a new number: Windmill, Winterfell. */
  "sol-bump-sequence": "repeated packets get a new number",
  /** Session alive, no characters ever again after a reset of the host: SR1520ML, X38ML. */
  "sol-dead-after-reset": "the console is opened anew when nothing comes after a reset",
  /** Get Payload Instance Info is not to be believed. */
  "sol-no-instance-info": "the console's owner is not asked for",
} as const;
export type SolQuirk = keyof typeof solQuirks;
