import { randomUUID } from "node:crypto";
import { systemClock } from "#base/clock.ts";
import { CancelledError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { Core } from "#engine/core/core.ts";
import { keepLease, type Lease } from "#engine/core/lease.ts";
import { ownLife } from "#engine/core/life.ts";
import { openPulse } from "#engine/core/pulse.ts";
import type { Durable } from "#engine/durable/dbos.ts";
import type { Engine, EngineOptions } from "#engine/engine.ts";
import { handOver } from "#engine/execution/launch.ts";
import { begin, resume } from "#engine/runs/begin.ts";
import { cancel } from "#engine/runs/cancel.ts";
import { decide } from "#engine/runs/decide.ts";
import { list, show } from "#engine/runs/find.ts";
import { follow } from "#engine/runs/follow.ts";

/**
 * The durable engine of this process, under a name of its own: it executes what is started here, and nothing that another process left until somebody asks for it.
 * Cheap for who only reads: the lease is taken with the first run that is wanted, DBOS launched with the first that is executed. One engine per process may
 * execute at a time.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { database, stateDir, clock = systemClock, leaseTtl = seconds(10) } = options;
  const executor = randomUUID();
  const life = await ownLife();
  const executions: Core["executions"] = new Map();
  const closing = new AbortController();
  let lease: Promise<Lease> | undefined;
  let durable: Promise<Durable> | undefined;
  const core: Core = {
    database,
    stateDir,
    clock,
    leaseTtl,
    executor,
    life,
    executions,
    closing: closing.signal,
    own: options.own,
    workflows: new Map(options.workflows.map((each) => [each.name, each])),
    pulse: openPulse(database, executor),
    lease: () => (lease ??= keepLease(database, executor, life, leaseTtl)),
    durable: () => (durable ??= openDurable(core)),
  };
  return {
    executor,
    start: (name, input, startOptions) => begin(core, name, input, startOptions),
    resume: (runId, { fromStep } = {}) => resume(core, runId, fromStep),
    cancel: (runId) => cancel(core, runId),
    decide: (runId, choice, who) => decide(core, runId, choice, who),
    show: (runId) => show(core, runId),
    list: (filter) => list(core, filter),
    follow: (runId, signal) => follow(core, runId, signal),
    unfinished: () => list(core, { state: "unfinished", limit: 1000 }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...executions.values()].map((each) => handOver(core, each)));
      closing.abort(new CancelledError("the engine was closed"));
      await durable?.then((opened) => opened[Symbol.asyncDispose]()).catch(() => {});
      await core.pulse[Symbol.asyncDispose]();
      await lease?.then((taken) => taken[Symbol.asyncDispose]()).catch(() => {});
    },
  };
}

async function openDurable(core: Core): Promise<Durable> {
  const [{ launchDurable }, { perform }] = await Promise.all([
    import("#engine/durable/dbos.ts"),
    import("#engine/execution/perform.ts"),
  ]);
  return launchDurable(core.database, core.executor, (runId) => perform(core, runId));
}
