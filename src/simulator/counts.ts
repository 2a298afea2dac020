/** What happened on the serial console. */
export interface SolCounts {
  activated: number;
  /** Taken over by another session. */
  stolen: number;
  /** Packets of consoles. */
  packets: number;
  /** Packets of a console that had been heard already. */
  repeated: number;
  /** Packets that were sent again. */
  retries: number;
  /** Characters that were given up because nobody acknowledged them. */
  lost: number;
}

/** What a simulated BMC has seen, for tests that count. */
export interface BmcCounts {
  sessions: {
    /** Got an id in Open Session. */
    begun: number;
    /** Proved the password (RAKP 4 sent with status 00h). */
    opened: number;
    /** By Close Session. */
    closed: number;
    /** Idle longer than the session time-out. */
    timedOut: number;
    /** Begun and never proved: given up by the console, or by us for a wrong password. */
    abandoned: number;
    /** Gone with a reboot of the BMC. */
    lost: number;
    /** Open Session answered 01h. */
    refused: number;
  };
  sol: SolCounts;
  wrongPasswords: number;
  unknownUsers: number;
  /** Commands obeyed or refused in or out of a session, by name. */
  commands: Map<string, number>;
  /** Authenticated datagrams dropped: sequence number seen before or far outside the window. */
  replays: number;
  /** Datagrams that are not IPMI, or whose integrity check failed. */
  malformed: number;
}

export function noCounts(): BmcCounts {
  return {
    sessions: { begun: 0, opened: 0, closed: 0, timedOut: 0, abandoned: 0, lost: 0, refused: 0 },
    sol: { activated: 0, stolen: 0, packets: 0, repeated: 0, retries: 0, lost: 0 },
    wrongPasswords: 0,
    unknownUsers: 0,
    commands: new Map(),
    replays: 0,
    malformed: 0,
  };
}
