import { UsageError } from "#base/errors.ts";
import type { Json } from "#engine/flow.ts";
import type { Estate } from "#estate/estate.ts";
import type { BmcPasswordInput } from "#workflows/bmc-password/index.ts";
import type { JobInput } from "#workflows/fleet.ts";
import type { MachineHandle, WorkflowName } from "./app.ts";
import { subject } from "./fleet.ts";
import { sourceOf, type SecretBox } from "./secrets.ts";

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
  if (workflow === "bmc-password") await newPassword((input as BmcPasswordInput).source, secrets);
  return handle.claims();
}

/** What a person types is asked for twice: a slip would lock everybody out. */
async function newPassword(given: Json, secrets: SecretBox): Promise<void> {
  const source = await sourceOf(given);
  const password = await secrets.read(source);
  if (!("prompt" in source)) return;
  const again = await secrets.read({ prompt: `${source.prompt} (once more)` });
  if (again.reveal() !== password.reveal())
    throw new UsageError("bmc.password.differs", "the two are not the same; nothing was changed");
}
