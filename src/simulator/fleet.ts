import { startBmc, type MachineOptions, type SimulatedMachine } from "./machine.ts";
import { UsageError } from "#base/errors.ts";

/** Several simulated machines that start and end together. */
export class Fleet implements AsyncDisposable {
  readonly machines: readonly SimulatedMachine[];

  constructor(machines: readonly SimulatedMachine[]) {
    this.machines = machines;
  }

  /** Throws `simulator.unknown` when there is none of that name. */
  get(name: string): SimulatedMachine {
    const found = this.machines.find((machine) => machine.name === name);
    if (!found) throw new UsageError("simulator.unknown", `no simulated machine is called '${name}'`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine[Symbol.asyncDispose]()));
  }
}

/** Starts all or none. */
export async function startFleet(machines: readonly MachineOptions[]): Promise<Fleet> {
  const started = await Promise.allSettled(machines.map(startBmc));
  const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  const fleet = new Fleet(running);
  if (!failed) return fleet;
  await fleet[Symbol.asyncDispose]();
  throw failed.reason;
}
