import { errorRecord, type ErrorRecord } from "#base/errors.ts";
import { harmless } from "./terminal.ts";
import type { Out } from "./out.ts";

/** What a script is told about a failure. */
export function problemJson(record: ErrorRecord): object {
  const { code, message, advice, retryable } = record;
  return { code, message, ...(advice === undefined ? {} : { advice }), retryable };
}

/** The same for people: what happened, and what to do about it. */
export function sayProblem(out: Out, record: ErrorRecord): void {
  const [first = "", ...more] = record.message.split("\n").map(harmless);
  out.say(`${out.warn.bold(out.warn.red("rackhand:"))} ${first}`);
  for (const line of more) out.say(`  ${line}`);
  for (const line of record.advice?.split("\n") ?? []) out.say(`  ${out.warn.cyan(out.marks.hint)} ${line}`);
  if (record.code === "internal")
    out.say(`  ${out.warn.cyan(out.marks.hint)} this is a defect in rackhand; RACKHAND_DEBUG=1 shows where`);
}

/** Reports any thrown value on both channels and gives the exit code. With RACKHAND_DEBUG the stack comes too. */
export function reportProblem(out: Out, error: unknown, extra: object = {}): number {
  const record = errorRecord(error);
  if (process.env.RACKHAND_DEBUG && error instanceof Error) out.say(error.stack ?? error.message);
  sayProblem(out, record);
  out.result({ ok: false, ...extra, error: problemJson(record) });
  return record.exitCode;
}
