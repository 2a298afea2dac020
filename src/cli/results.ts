import type { Json } from "#engine/flow.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { BmcResetResult } from "#workflows/bmc-reset/index.ts";
import type { BootResult } from "#workflows/boot/index.ts";
import type { PowerResult } from "#workflows/power/index.ts";
import type { RunResult } from "#workflows/run/index.ts";
import type { StopResult } from "#workflows/stop/index.ts";
import type { WakeResult, WakeTry } from "#workflows/wake/index.ts";

/** Results come back from the database as JSON; each is told by the fields that only it has. An earlier version's may lack some: then undefined. */
type Fields = { readonly [key: string]: Json | undefined };

function has(value: unknown, ...keys: string[]): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && keys.every((key) => key in value);
}

export function wakeResult(value: unknown): WakeResult | undefined {
  return isWake(value) ? value : undefined;
}

export function stopResult(value: unknown): StopResult | undefined {
  return isStop(value) ? value : undefined;
}

export function runResult(value: unknown): RunResult | undefined {
  return isRun(value) ? value : undefined;
}

export function powerResult(value: unknown): PowerResult | undefined {
  return isPower(value) ? value : undefined;
}

export function bootResult(value: unknown): BootResult | undefined {
  return isBoot(value) ? value : undefined;
}

export function bmcResetResult(value: unknown): BmcResetResult | undefined {
  return isBmcReset(value) ? value : undefined;
}

const isBmcReset = (value: unknown): value is BmcResetResult => has(value, "seconds");
const isWake = (value: unknown): value is WakeResult =>
  has(value, "already", "tries", "seconds") && Array.isArray(value.tries);
const isStop = (value: unknown): value is StopResult => has(value, "already", "how", "seconds");
const isRun = (value: unknown): value is RunResult => has(value, "exitCode", "seconds", "power");
const isPower = (value: unknown): value is PowerResult => has(value, "action", "before", "power");
const isBoot = (value: unknown): value is BootResult => has(value, "device", "persistence", "notKept");

/** The tries of a wake that failed, which travel with its error; also of a run whose wake failed. */
export function triesOf(run: RunRecord): readonly WakeTry[] {
  const inner = has(run.result, "wake") ? run.result.wake : run.result;
  const tries = wakeResult(inner)?.tries ?? run.error?.details?.tries;
  return isTries(tries) ? tries : [];
}

const isTries = (value: unknown): value is WakeTry[] =>
  Array.isArray(value) && value.every((each) => has(each, "n", "action", "endedBy"));
