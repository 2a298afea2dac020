import { milliseconds } from "#base/units.ts";
import type { Hold, Looked, StepContext } from "#engine/flow.ts";
import type { Fleet, Job, Subject } from "#workflows/fleet.ts";
import { askAndSee, hardOff, power, stillOn } from "#workflows/stop/steps.ts";
import type { RunInput, RunResult } from "./index.ts";
import { followLocalJob, startLocalJob, stateOfLocalJob } from "./local-job.ts";
import { doRemoteJob } from "./remote-job.ts";

export type JobEnd = { exitCode: number; seconds: number };

export function powerAfter(after: RunInput["after"], before: "on" | "off"): RunResult["power"] {
  if (after === "stop") return "off";
  if (after === "restore") return "as before";
  return before === "on" ? "as before" : "left on";
}

/** Remembers the power before the run; gives it back by a clean shutdown, hard only when told. */
export function powerAsItWas(
  fleet: Fleet,
  subject: Subject,
  runId: string,
  input: RunInput,
): Hold<{ power: "on" | "off" }> {
  return {
    take: async (context) => ({ power: await power(subject, context) }),
    giveBack: async (context, taken) => {
      const leaveIt = input.after === "keep" || (input.after === "restore" && taken?.power !== "off");
      if (leaveIt) return context.note("the power is left as it is");
      const hardAfter = input.hardAfter ?? subject.stop.hardAfter;
      const within = milliseconds(hardAfter ?? subject.stop.within);
      const soft = await askAndSee(fleet, subject, runId, within, context);
      if (soft.off) return context.note("off, read twice");
      if (hardAfter === undefined) throw stillOn(subject.name, within);
      await hardOff(fleet, subject, runId, context);
    },
  };
}

/** Does the job and keeps its output. A local job goes on when this process dies: who resumes the run finds it again. */
export async function doJob(fleet: Fleet, runId: string, job: Job, context: StepContext): Promise<JobEnd> {
  if (job.where !== "local") return doRemoteJob(job.command, job.where, context);
  const folder = fleet.scratch(runId);
  await startLocalJob(folder, job.command, { RACKHAND_RUN: runId });
  return followLocalJob(folder, context);
}

/** What became of a job whose end was not recorded. */
export async function lookForJob(fleet: Fleet, runId: string, job: Job, context: StepContext): Promise<Looked<JobEnd>> {
  const command = job.command.join(" ");
  if (job.where !== "local") {
    return { happened: "unknown", question: `'${command}' was begun over SSH and its end was not seen: run it again?` };
  }
  const folder = fleet.scratch(runId);
  const state = await stateOfLocalJob(folder);
  if (state === "never") return { happened: false };
  if (state === "vanished")
    return {
      happened: "unknown",
      question: `'${command}' was begun and ended with no exit code (was this host restarted?): run it again?`,
    };
  return { happened: true, result: await followLocalJob(folder, context) };
}
