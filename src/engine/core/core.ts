import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";
import type { EngineOptions } from "#engine/engine.ts";
import type { Workflow } from "#engine/flow.ts";
import type { Database } from "#store/database.ts";
import type { Durable } from "#engine/durable/dbos.ts";
import type { Execution } from "#engine/execution/execution.ts";
import type { Lease } from "./lease.ts";
import type { Life } from "./life.ts";
import type { Pulse } from "./pulse.ts";

/** What the parts of one engine share. */
export interface Core {
  readonly database: Database;
  readonly stateDir: string;
  readonly workflows: ReadonlyMap<string, Workflow>;
  /** The workflows' time. Leases and waits for other processes go by real time. */
  readonly clock: Clock;
  readonly own: EngineOptions["own"];
  readonly leaseTtl: Ms;
  /** Unique per engine, never used again. */
  readonly executor: string;
  readonly life: Life;
  readonly pulse: Pulse;
  /** Aborts with a CancelledError when the engine is closed: nobody waits on. */
  readonly closing: AbortSignal;
  /** What executes in this process, by run. */
  readonly executions: Map<string, Execution>;
  /** Taken when this process first wants or executes a run. */
  lease(): Promise<Lease>;
  /** Started when this process first executes a run. */
  durable(): Promise<Durable>;
}
