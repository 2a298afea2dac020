import { CancelledError, ExitCode } from "#base/errors.ts";

/**
 * Aborted by the first Ctrl-C, SIGTERM or hang-up, so that sessions are closed and held things given back; the second one ends the process at once.
 * Under nohup a hang-up is ignored; the shim finds that out (RACKHAND_NOHUP), because Node forgets it.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const heard = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort(new CancelledError("interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, heard);
  process.on("SIGHUP", process.env.RACKHAND_NOHUP ? () => undefined : heard);
  delete process.env.RACKHAND_NOHUP;
  return controller.signal;
}
