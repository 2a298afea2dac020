import { join, resolve } from "node:path";
import { errorRecord } from "#base/errors.ts";
import { readFleet } from "./fleet-file.ts";
import { startFleet, type Fleet } from "./fleet.ts";
import { removePidFile, writePidFile } from "./lab/process.ts";
import type { SimulatedMachine } from "./machine.ts";
import type { ServerEvent } from "./server.ts";

// Runs the simulated fleet of one folder until SIGTERM: `main.ts DIR [--tied]`. Tied, it ends with the process that started it.

function log(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

function tell({ name, server }: SimulatedMachine, event: ServerEvent): void {
  if (event.type === "power-command") log(`${name}: ${event.record.by} says '${event.record.action}'`);
  else if (event.type === "trouble") log(`${name}: trouble: ${event.message}`);
  else
    log(
      `${name}: ${event.was} → ${event.state}${event.state === "ready" ? ` (${server.readiness.address}:${server.readiness.port} is open)` : ""}`,
    );
}

/** Where its controller can be talked to. */
function faces({ bmc, redfish }: SimulatedMachine): string[] {
  return [
    ...(bmc.plugged ? [`BMC at ${bmc.address}:${bmc.port}`] : []),
    ...(redfish ? [`Redfish at ${redfish.url}`] : []),
  ];
}

async function end(fleet: Fleet, dir: string, why: string): Promise<void> {
  log(`ends: ${why}`);
  await removePidFile(dir);
  await fleet[Symbol.asyncDispose]();
  process.exit(0);
}

async function main(dir: string, tied: boolean): Promise<void> {
  const fleet = await startFleet(await readFleet(join(dir, "fleet.json")));
  for (const machine of fleet.machines) {
    machine.server.on((event) => tell(machine, event));
    log(`${machine.name}: ${faces(machine).join(", ")}, ${machine.server.state}`);
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void end(fleet, dir, signal));
  if (tied) process.once("disconnect", () => void end(fleet, dir, "who started it is gone"));
  await writePidFile(dir);
  process.send?.("ready");
}

try {
  await main(resolve(process.argv[2] ?? "."), process.argv.includes("--tied"));
} catch (error) {
  log(errorRecord(error).message);
  process.exitCode = 1;
}
