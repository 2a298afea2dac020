import type { Bmc, PowerAction } from "#bmc/bmc.ts";
import type { Json, StepContext } from "#engine/flow.ts";
import type { Secret } from "#base/secret.ts";
import type { Ms } from "#base/units.ts";
import type { Looker, ProbePlan } from "#probes/probe.ts";

/** How a machine is woken, as declared: defaults of site and role already applied. */
export interface WakePolicy {
  tries: number;
  between: "reset" | "cycle" | "off-on";
  /** How long one try may take until the machine is ready; undefined: nobody said, see {@link Fleet.patience}. */
  within?: Ms;
}

export interface StopPolicy {
  /** How long a clean shutdown may take. */
  within: Ms;
  /** Switch off hard after this; absent: never. */
  hardAfter?: Ms;
}

/** A command that is run while the machine is awake. */
export interface Job {
  command: readonly string[];
  /** `local`: here. Otherwise a machine over SSH. */
  where:
    | "local"
    | { host: string; login: NonNullable<Extract<ProbePlan["probe"], { kind: "ssh" }>["login"]>; port: number };
  timeout?: Ms;
}

/** A machine as workflows see it. */
export interface Subject {
  readonly name: string;
  readonly wake: WakePolicy;
  readonly stop: StopPolicy;
  /** Connects lazily: no packet is sent before the first facet call. Dispose it. */
  open(): Promise<Bmc>;
  /** What proves that the machine is useful. Throws UsageError `probe.none` when the estate declares no probe `ready`. */
  ready(): Promise<ProbePlan>;
  /** Probes by the same path that must not all fail, or a failed look says nothing of the machine. */
  witnesses(): Promise<readonly ProbePlan[]>;
  job(input: JobInput): Promise<Job>;
}

/** A job named in the estate, or a command given on the command line. */
export type JobInput = { job: string } | { command: readonly string[] };

/** The outside world of the workflows: built by the app, handed to each workflow once. */
export interface Fleet {
  subject(machine: string): Promise<Subject>;
  look: Looker;
  /** How long a try may take when nobody said: 15 minutes, or longer when this machine was seen to need longer. */
  patience(machine: string): Promise<Ms>;
  /** Counts a power action of this machine before it is done. Throws RefusedError `power.limit` when `automatic` and the day's budget is spent. */
  spendPowerAction(
    context: StepContext,
    machine: string,
    bmcKey: string,
    action: PowerAction,
    options: { runId: string; automatic: boolean },
  ): Promise<void>;
  /** A secret by its source, as the estate writes sources. UsageError `secret.…` when it cannot be had. */
  secret(source: Json): Promise<Secret>;
  /** A folder of its own for the files of a run's job. Removed when the job's output was kept. */
  scratch(runId: string): string;
}
