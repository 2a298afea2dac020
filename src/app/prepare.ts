import type { Json } from "#engine/flow.ts";
import type { Estate } from "#estate/estate.ts";
import type { JobInput } from "#workflows/fleet.ts";
import type { MachineHandle, WorkflowName } from "./app.ts";
import { subject } from "./fleet.ts";
import type { SecretBox } from "./secrets.ts";

/**
 * Reads every secret and resolves every reference that the run will need, so that it cannot stop half-way for the want of one. Sends nothing to the machine. Throws
 * UsageError (`secret.…`, `probe.none`, `job.unknown` and others). Gives the keys that the run must own.
 */
export async function prepare(
  workflow: WorkflowName,
  handle: MachineHandle,
  input: Json,
  estate: Estate,
  secrets: SecretBox,
): Promise<readonly string[]> {
  const it = subject(handle, estate, secrets);
  if (workflow === "wake" || workflow === "run") {
    await it.ready();
    await it.witnesses();
  }
  if (workflow === "run") await it.job((input as { job: JobInput }).job);
  return handle.claims();
}
