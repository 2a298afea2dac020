import { RackhandError } from "#base/errors.ts";
import type { ManagerFacet } from "../../facets.ts";
import type { Line } from "./line.ts";

const app = 0x06;
/** IPMI 2.0 §20.2. */
const coldReset = 0x02;

/** Restarts the controller. Many answer, some are gone before they do. */
export function ipmiManager(line: Line): ManagerFacet {
  return {
    reset: (signal) =>
      line.use(signal, async (to) => {
        try {
          const { completionCode } = await to.say((session, options) =>
            session.raw(app, coldReset, new Uint8Array(), options),
          );
          if (completionCode !== 0) throw refused(completionCode);
        } catch (error) {
          if (!(error instanceof RackhandError) || !gone.has(error.code)) throw error;
        }
      }),
  };
}

const gone: ReadonlySet<string> = new Set(["bmc.silent", "bmc.session-lost", "ipmi.answer-lost"]);

function refused(completionCode: number): RackhandError {
  const code = completionCode.toString(16).padStart(2, "0").toUpperCase();
  return new RackhandError("bmc.reset.refused", `the controller does not restart itself (completion code ${code}h)`, {
    advice: "the account needs the administrator level; some firmware has no such command",
  });
}
