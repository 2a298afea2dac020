import { workflow, type Workflow } from "#engine/flow.ts";
import type { Fleet, JobInput } from "#workflows/fleet.ts";
import { wakeUp, type WakeInput, type WakeResult } from "#workflows/wake/index.ts";
import * as to from "./steps.ts";

/** `after`: what becomes of the power when the job has ended, however it ended; `restore` = as it was before. */
export type RunInput = { wake: WakeInput; job: JobInput; after: "restore" | "stop" | "keep"; hardAfter?: number };
export type RunResult = { exitCode: number; seconds: number; wake: WakeResult; power: "as before" | "off" | "left on" };

/** Wake, do the job, put the power back: also when the wake or the job fails, the run is cancelled, or this process dies and is resumed. */
export const run = (fleet: Fleet): Workflow<RunInput, RunResult> =>
  workflow("run", async (flow, input) => {
    const subject = await fleet.subject(flow.machine);
    const job = await subject.job(input.job);
    return flow.hold("Power as it was", to.powerAsItWas(fleet, subject, flow.runId, input), async (before) => {
      const woken = await wakeUp(fleet, flow, input.wake);
      const done = await flow.step(
        `Job: ${job.command.join(" ")}`,
        (context) => to.doJob(fleet, flow.runId, job, context),
        {
          effect: "once",
          ...(job.timeout === undefined ? {} : { within: job.timeout }),
          look: (context) => to.lookForJob(fleet, flow.runId, job, context),
        },
      );
      return { ...done, wake: woken, power: to.powerAfter(input.after, before.power) };
    });
  });
