import type { Clock } from "#base/clock.ts";
import type { Bmc } from "#bmc/bmc.ts";
import type { Holding } from "#bmc/release.ts";
import type { SerialFacet } from "#bmc/serial.ts";
import type { Engine, RunHandle } from "#engine/engine.ts";
import type { Json } from "#engine/flow.ts";
import type { Estate } from "#estate/estate.ts";
import type { Machine } from "#estate/machine.ts";
import type { FactStore } from "#inventory/facts.ts";
import type { Looker, ProbePlan } from "#probes/probe.ts";
import type { Database } from "#store/database.ts";

export interface AppOptions {
  /** `--estate DIR`; else RACKHAND_ESTATE, else the nearest folder upwards with a rackhand.yaml. */
  estate?: string;
  /** `--state DIR`; else RACKHAND_STATE, else the usual place. */
  state?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  clock?: Clock;
}

export interface BmcOptions {
  /** Whoever answers is the right one: nothing recorded of the controller counts. */
  acceptStranger?: boolean;
  /** Find out once more what it speaks; who it is still counts. */
  anew?: boolean;
}

/** A declared machine together with the ways to reach it. Nothing is sent and no secret is read before a method is called. */
export interface MachineHandle {
  readonly name: string;
  readonly declared: Machine;
  /** Reads the BMC's secrets, looks its name up and connects lazily: no packet is sent before the first facet call. Dispose it. */
  bmc(options?: BmcOptions): Promise<Bmc>;
  /** The name of the account with which rackhand logs in at its controller. */
  account(): Promise<string>;
  /** What processes of this host may hold of its controller. */
  holdings(): Promise<readonly Holding[]>;
  /** The keys that a run must own: the controller's, and its GUID once it is known. */
  claims(): Promise<readonly string[]>;
  /** Its serial console, as declared (`console.serial`), else SOL; UsageError `console.absent`. Nothing is sent before it is opened. Dispose it. */
  serial(): Promise<SerialFacet & AsyncDisposable>;
  /** A declared probe by name, with its secrets; UsageError `probe.none` when there is none of that name. */
  probe(name: string): Promise<ProbePlan>;
}

/** Everything behind the doors, built once per process. Parts are made when first asked for: reading verbs never start the database. */
export interface App extends AsyncDisposable {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly facts: FactStore;
  readonly look: Looker;
  estate(): Promise<Estate>;
  /** UsageError `machine.unknown` with the nearest name. */
  machine(name: string): Promise<MachineHandle>;
  database(): Promise<Database>;
  engine(): Promise<Engine>;
  /**
   * Begins a changing verb as a run: every secret it will need is read first (UsageError `secret.missing` names the one that cannot be had), then the run is
   * started, attached to or adopted. Nothing is sent before that.
   */
  begin(workflow: WorkflowName, machine: string, input: Json, options?: { why?: string }): Promise<RunHandle>;
}

export const workflowNames = ["wake", "run", "stop", "power", "boot", "bmc-reset", "bmc-password"] as const;
export type WorkflowName = (typeof workflowNames)[number];
