import type { Quirk } from "../quirks.ts";

/** Serial over LAN (handbook 2.2). */
export const solQuirks: readonly Quirk[] = [
  {
    id: "sol-zero-accept",
    what: "an acknowledgement that counts 0 characters means that all were taken",
    on: "Intel boards",
    detection: "set",
    remedy: "it is read so",
  },
  {
    id: "sol-bump-sequence",
    what: "a packet that is repeated under its number is not heard",
    on: "Windmill, Winterfell",
    detection: "set",
    remedy: "after some repetitions it gets a new number",
  },
  {
    id: "sol-dead-after-reset",
    what: "the session lives on and no character ever comes again after a reset of the host",
    on: "Intel SR1520ML, X38ML",
    detection: "set",
    remedy: "the console is opened anew when nothing comes after a reset of ours",
  },
  {
    id: "sol-no-instance-info",
    what: "Get Payload Instance Info is not to be believed",
    on: "where it fails or tells zeroes",
    detection: "set",
    remedy: "the console's owner is not asked for; what fails is not asked again anyhow",
  },
  {
    id: "sol-thief-silent",
    what: "who loses the console to somebody else is not told",
    on: "Dell R610, R710, C6220; X8DTG; Intel S2600JF",
    detection: "always",
    remedy: "the owner is asked for at each keep-alive",
  },
  {
    id: "sol-already-active",
    what: "a dead session still has the console; taking it over is answered and does nothing",
    on: "all, after a crash of the other side; Supermicro H8QME, Dell M605",
    detection: "always",
    remedy: "deactivate, wait, activate, at most three rounds, then SOL off and on; only with consent",
  },
  {
    id: "sol-odd-sizes",
    what: "payload sizes are nonsense",
    on: "Supermicro X8DT*, ASUS, Intel SR1520ML",
    detection: "always",
    remedy: "1 to 255 are believed",
  },
  {
    id: "sol-odd-port",
    what: "the announced port is byte-swapped, or not usable",
    on: "Supermicro X8DTH-iF, ASUS P5M2; any BMC behind a port-forward",
    detection: "always",
    remedy: "the present port is kept; another is tried only where the console is not to be had here",
  },
  {
    id: "sol-no-capacity",
    what: "the number of instances is 0",
    on: "Dell M605, M610, M915",
    detection: "always",
    remedy: "it counts as 1",
  },
  {
    id: "sol-checks-fail",
    what: "the commands that tell whether SOL is supported fail",
    on: "Supermicro X8SIL-F, Sun ILOM, Windmill",
    detection: "always",
    remedy: "they are not needed",
  },
  {
    id: "sol-sequence-jumps",
    what: "packet numbers jump when the host restarts",
    on: "Tyan S4811",
    detection: "always",
    remedy: "a new number is accepted after some that do not fit",
  },
  {
    id: "sol-encryption-forced",
    what: "the console opens encrypted only, or only in the clear",
    on: "OpenBMC; old boards",
    detection: "always",
    remedy: "encrypted first, then as the completion code says",
  },
];
