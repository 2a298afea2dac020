/**
 * What a simulated BMC does wrong with Serial-over-LAN. Everything may be changed while it runs. Each is something that real controllers were seen doing.
 */
export interface SolFaults {
  /** Activate Payload: granted; 81h; 83h when asked for with encryption; 84h when asked for without. */
  activation: "granted" | "disabled" | "only-clear" | "only-encrypted";
  /**
   * A session that is long dead still has it:
   * - `freed`: until Deactivate Payload;
   * - `toggled`: Deactivate Payload is answered 00h and does nothing (H8QME); until SOL is switched off and on;
   * - `stuck`: 80h to Activate and Deactivate Payload, for ever (Dell M605, OpenBMC).
   */
  stale: "no" | "freed" | "toggled" | "stuck";
  /** Takes no more than so many characters of a packet, and says so with or without a nack. */
  takesAtMost: { characters: number; nack: boolean } | undefined;
  /** Takes all and counts 0 (Intel). */
  countsNothing: boolean;
  /** A repetition carries what was printed meanwhile too. */
  retriesGrow: boolean;
  /** Lengths that are announced instead of the real ones. */
  announcesSizes: { inbound: number; outbound: number } | undefined;
  /** The port that is announced: its own, with swapped bytes, or any. */
  announcesPort: "own" | "swapped" | number;
  /** SOL is served in sessions on the port `solPort` only; it is announced. */
  onlyOnSolPort: boolean;
  /** Who loses the console to somebody else is not told (Dell R610, X8DTG). */
  theft: "announced" | "silent" | "stray-message";
  /** False: only commands keep a session from its time-out (OpenIPMI's ipmi_sim). */
  keepsSessionAlive: boolean;
  /** The console stays taken when its session ends (OpenBMC with NC-SI). */
  outlivesSession: boolean;
  /** Get Payload Instance Info: as it is; C1h; all zeros. */
  instanceInfo: "told" | "refused" | "zeros";
  /** Get Payload Activation Status says that there are 0 instances (Dell M605). */
  noCapacity: boolean;
  /** Get Channel Payload Support and Get Payload Activation Status: C1h (X8SIL-F, Sun ILOM, Windmill). */
  noSupportCommands: boolean;
  /** After a reset of the host nothing more comes until SOL is activated anew (SR1520ML). */
  deadAfterReset: boolean;
  /** Numbers of its packets jump when the host restarts (Tyan S4811). */
  jumpsAfterReset: boolean;
  /** Does not hear a packet again under a number that it did not acknowledge (Windmill, Winterfell); the n-th packet of the console gets lost so. */
  deafTo: number | undefined;
  /** The console's packets are taken while the host is off, or answered with a nack. */
  whenOff: "taken" | "nack";
}

export function noSolFaults(): SolFaults {
  return {
    activation: "granted",
    stale: "no",
    takesAtMost: undefined,
    countsNothing: false,
    retriesGrow: true,
    announcesSizes: undefined,
    announcesPort: "own",
    onlyOnSolPort: false,
    theft: "announced",
    keepsSessionAlive: true,
    outlivesSession: false,
    instanceInfo: "told",
    noCapacity: false,
    noSupportCommands: false,
    deadAfterReset: false,
    jumpsAfterReset: false,
    deafTo: undefined,
    whenOff: "taken",
  };
}
