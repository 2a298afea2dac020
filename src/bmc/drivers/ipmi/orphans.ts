import { RackhandError } from "#base/errors.ts";
import { CloseSession } from "#protocols/ipmi/commands.ts";
import type { SessionLedger } from "../../ledger.ts";
import type { Talk } from "./line.ts";

/** Closes what a killed process left open at this BMC. A session that the BMC no longer knows (87h), or will not close for us, is forgotten all the same. */
export async function closeOrphans(to: Talk, ledger: SessionLedger, bmc: string): Promise<void> {
  for (const { sessionId, forget } of ledger.orphans(bmc)) {
    if (sessionId === to.session.managedSessionId) {
      forget();
      continue;
    }
    try {
      await to.send(CloseSession, { managedSessionId: sessionId });
    } catch (error) {
      if (!(error instanceof RackhandError && error.code === "ipmi.completion-code")) throw error;
    }
    forget();
  }
}
