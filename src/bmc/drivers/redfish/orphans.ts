import { RackhandError } from "#base/errors.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { text } from "#protocols/redfish/resource.ts";
import type { SessionLedger } from "../../ledger.ts";

/** Deletes the sessions that a killed process left at this BMC. Some BMCs give the same names out again: only one of our own user's is deleted. */
export async function closeOrphans(
  client: RedfishClient,
  username: string,
  ledger: SessionLedger,
  bmc: string,
): Promise<void> {
  for (const { sessionId, forget } of ledger.orphans(bmc)) {
    if (typeof sessionId !== "string") continue;
    try {
      const session = sessionId === client.session ? undefined : await client.find(sessionId);
      if (session && text(session, "UserName") === username) await client.delete(sessionId);
    } catch (error) {
      if (!(error instanceof RackhandError)) throw error;
      // It ends by the BMC's own time-out; whoever wants to do something does not wait for it.
    }
    forget();
  }
}
