import { CancelledError, ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { finish } from "../carry-out.ts";
import { tellRun } from "../tell-run.ts";
import { look } from "../watch.ts";
import { whichRun } from "../which-run.ts";

export async function run(call: Call): Promise<number> {
  const app = await call.app();
  const { id, state } = await whichRun(await app.engine(), call.argument(0));
  if (state === "unfinished")
    call.out.say(`its process is gone, so nothing happens until somebody resumes it: rackhand runs resume ${id}`);
  const watched = await look(call, app, id);
  if (!watched.left) return finish(call, app, watched, { tell: (ended) => tellRun(call, ended) });
  call.out.result({
    ok: false,
    runId: id,
    error: { code: "cancelled", message: "stopped watching; the run goes on", retryable: false },
  });
  return call.signal.aborted ? new CancelledError().exitCode : ExitCode.failed;
}
