import type { RunRecord, StepRecord } from "#engine/engine.ts";
import { problemJson } from "./problem.ts";

/** A step as scripts see it; the same shape everywhere. */
export function stepJson(step: StepRecord): object {
  const { title, seq, effect, state, attempts, started, ended, note, usual, evidence, error } = step;
  return {
    name: title,
    seq,
    effect,
    state,
    attempts,
    started,
    ended,
    note,
    usual,
    evidence,
    ...(error ? { error: problemJson(error) } : {}),
  };
}

/** A run without its steps. */
export function runJson(run: RunRecord): object {
  const { id, workflow, machine, state, who, why, host, pid, created, ended, question, error } = run;
  return {
    runId: id,
    workflow,
    machine,
    state,
    who,
    why,
    host,
    pid,
    created,
    ended,
    question,
    ...(error ? { error: problemJson(error) } : {}),
  };
}

/** Seconds between a run's begin and its end, with one decimal. */
export function runSeconds(run: RunRecord, now: number): number {
  const end = run.ended ? Date.parse(run.ended) : now;
  return Math.round((end - Date.parse(run.created)) / 100) / 10;
}
