import os from "node:os";
import type { Core } from "#engine/core/core.ts";
import type { RunRecord } from "#engine/engine.ts";
import { knownRow } from "./find.ts";
import { ended } from "./handle.ts";
import { requestCancel } from "./request-cancel.ts";

/** Cancels and waits until everything held is given back. A run whose process is gone is adopted for that. */
export async function cancel(core: Core, runId: string): Promise<RunRecord> {
  await knownRow(core, runId);
  await requestCancel(core, runId, personHere());
  return ended(core, runId);
}

function personHere(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}@${os.hostname()}`;
  }
}
