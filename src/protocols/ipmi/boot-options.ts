import { codec, flag, oneOf, reserved, uint } from "./fields.ts";

/** Boot option parameters used here (IPMI 2.0 table 28-14). */
export const BootParameter = { setInProgress: 0, validBitClearing: 3, infoAcknowledge: 4, bootFlags: 5 } as const;

/** Parameter 0. */
export const SetInProgress = codec({
  _1: reserved(6),
  state: oneOf({ complete: 0, inProgress: 1, commit: 2, reserved: 3 }, 2),
});

/**
 * Parameter 3: on which events the BMC does *not* clear the valid bit of the boot flags. Without `commandTimeout` most firmware forgets an override when
 * the machine is not restarted within 60 s. OpenBMC has no parameter 3 and answers 80h.
 */
export const ValidBitClearing = codec({
  _1: reserved(3),
  pefReset: flag,
  commandTimeout: flag,
  watchdog: flag,
  resetButton: flag,
  powerButton: flag,
});

/** What parameter 5 can select. */
export const bootSelectors = {
  none: 0,
  pxe: 1,
  disk: 2,
  diskSafe: 3,
  diagnostics: 4,
  cd: 5,
  setup: 6,
  remoteFloppy: 7,
  remoteCd: 8,
  remoteMedia: 9,
  reserved10: 10,
  remoteDisk: 11,
  reserved12: 12,
  reserved13: 13,
  reserved14: 14,
  floppy: 15,
} as const;

/** Parameter 5. `80/A0 04 00 00 00` is one-time legacy/UEFI PXE. */
export const BootFlags = codec({
  valid: flag,
  persistent: flag,
  uefi: flag,
  _1: reserved(5),
  clearCmos: flag,
  lockKeyboard: flag,
  device: oneOf(bootSelectors, 4),
  blankScreen: flag,
  lockReset: flag,
  /** Console redirection, verbosity, lock-outs: passed through as they are. */
  data3: uint(8),
  data4: uint(8),
  data5: uint(8),
});
