import { RefusedError } from "#base/errors.ts";
import type { RunRecord } from "#engine/engine.ts";

/** Another run owns the machine: says whose it is, what it does, and what can be done about it. */
export function held(machine: string, run: RunRecord, cancelling: boolean): RefusedError {
  const step = run.steps.findLast(({ state }) => state === "running" || state === "asking")?.title;
  const where = `pid ${run.pid} on ${run.host}`;
  const doing = step === undefined ? "" : `, at step '${step}'`;
  const name = `run ${run.id} (${run.workflow} ${run.machine}, begun ${run.created} by ${run.who}${doing}, ${where})`;
  const unfinished = run.state === "unfinished";
  const message = unfinished
    ? `held by the unfinished ${name}, whose process is gone`
    : `held by ${name}${cancelling ? ", which is being cancelled" : ""}`;
  const advice = unfinished
    ? `finish it with 'rackhand runs resume ${run.id}', or give up what it holds with 'rackhand runs cancel ${run.id}'`
    : `wait for it ('rackhand runs follow ${run.id}'), or end it with 'rackhand runs cancel ${run.id}'`;
  return new RefusedError("machine.held", message, {
    subject: machine,
    advice,
    details: {
      run: run.id,
      workflow: run.workflow,
      machine: run.machine,
      person: run.who,
      host: run.host,
      pid: run.pid,
      since: run.created,
      state: run.state,
      ...(step === undefined ? {} : { step }),
    },
  });
}
