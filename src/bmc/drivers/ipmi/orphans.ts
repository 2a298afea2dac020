import { closeSessionById } from "#protocols/ipmi/session.ts";
import type { SessionLedger } from "../../ledger.ts";
import type { Talk } from "./line.ts";

/** Closes what a killed process left open at this BMC. One that the BMC no longer knows, or will not close for us, is forgotten all the same. */
export async function closeOrphans(to: Talk, ledger: SessionLedger, bmc: string): Promise<void> {
  for (const { sessionId, forget } of ledger.orphans(bmc)) {
    if (typeof sessionId !== "number") continue;
    // An id that the BMC has given out again is ours now.
    if (sessionId !== to.session.managedSessionId) {
      await to.say((session, options) => closeSessionById(session, sessionId, options));
    }
    forget();
  }
}
