import { AsyncLocalStorage } from "node:async_hooks";
import type { Core } from "#engine/core/core.ts";
import type { Json, StepContext, StepOptions } from "#engine/flow.ts";
import type { Execution } from "./execution.ts";
import type { StepHead } from "./rows.ts";

/** A step as the engine does it. `shielded` (give-backs): neither cancel nor freeze stops it, and any error is worth another attempt. */
export interface StepSpec extends StepHead, StepOptions<Json | void> {
  act: (context: StepContext) => Promise<Json | void>;
  shielded: boolean;
}

/** One step of one execution, at its place in the record. */
export interface Play {
  readonly core: Core;
  readonly execution: Execution;
  readonly spec: StepSpec;
  readonly seq: number;
}

/** True inside a step's function, where no other step can begin. */
export const inside = new AsyncLocalStorage<boolean>();
