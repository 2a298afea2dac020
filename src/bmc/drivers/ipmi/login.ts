import type { Clock } from "#base/clock.ts";
import { Session, type SessionOptions } from "#protocols/ipmi/session.ts";
import type { BmcFacts, IpmiBmcTarget } from "../../bmc.ts";
import type { SessionLedger } from "../../ledger.ts";
import { checkIdentity } from "./facts.ts";

export interface LoginOptions {
  target: IpmiBmcTarget;
  /** What is known by now. */
  known: BmcFacts;
  /** Resolved, and as gate and ledger name it. */
  host: string;
  bmc: string;
  clock: Clock;
  ledger: SessionLedger | undefined;
  signal: AbortSignal | undefined;
  /** Default: the target's. */
  port?: number;
  /** See {@link SessionOptions}. */
  renew?: boolean;
}

/** Logs in at a BMC: who answers is compared with the record before anything else is sent, and the session's id goes into the ledger. */
export async function logIn(options: LoginOptions): Promise<Session> {
  const { target, host, bmc, clock, ledger, signal, port = target.port, renew = true } = options;
  const { username, password, kg, cipherSuites, privilege, quirks = [], machine } = target;
  const { privilege: had, ...known } = options.known;
  const session: SessionOptions = {
    clock,
    signal,
    renew,
    accept: (guid) => checkIdentity(machine, bmc, known.guid, guid),
    onSession: (id) => ledger?.opened(bmc, id),
    onSessionEnd: (id) => ledger?.closed(bmc, id),
  };
  return Session.open(
    {
      host,
      port,
      name: `${machine} (${bmc})`,
      username,
      password,
      kg,
      cipherSuites,
      privilege,
      // What the estate says of the level comes before what was learnt.
      known: privilege === undefined ? { ...known, privilege: had } : known,
      quirks: [...quirks, ...(known.quirks ?? [])],
    },
    session,
  );
}
