import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seconds } from "#base/units.ts";
import { startFleet, type Fleet } from "#simulator/fleet.ts";
import type { MachineOptions, SimulatedMachine } from "#simulator/machine.ts";
import { endDatabase } from "./state.ts";
import { jsonLines, startRackhand, type CliOptions, type CliResult, type RunningCli } from "./cli.ts";

/** The password of every simulated BMC: nothing that rackhand writes may hold it. */
export const canary = "c4nary-Passw0rd-x9";

/** A server that does everything at once: what takes minutes in the field, and nothing else is different. */
export const quick = {
  relay: seconds(0.05),
  offTime: seconds(0.2),
  post: seconds(0.3),
  boot: seconds(0.3),
  shutdown: seconds(0.3),
};

/** An estate on disk, the simulated machines that it declares, and a state folder of its own. */
export interface SimEstate extends AsyncDisposable {
  readonly fleet: Fleet;
  /** Estate and state, below one temporary folder. */
  readonly dir: string;
  readonly estate: string;
  readonly state: string;
  machine(name: string): SimulatedMachine;
  start(args: readonly string[], options?: CliOptions): RunningCli;
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** With `--json`; gives the last line too. */
  json(
    args: readonly string[],
    options?: CliOptions,
  ): Promise<CliResult & { lines: Record<string, unknown>[]; result: Record<string, unknown> }>;
}

export interface SimMachine extends MachineOptions {
  /** YAML lines added to the machine's document, indented as they are to stand. */
  yaml?: string;
  /** What its controller is declared to speak, where it has Redfish too (default auto: IPMI's port, and Redfish's beside it). */
  protocol?: "ipmi" | "redfish";
  /** The probe `ready`; default its simulated service, whose address `SERVICE` stands for. */
  ready?: string;
}

/** Starts the machines on loopback and writes the estate that declares them. `within`: of each probe `ready`. */
export async function simEstate(
  machines: readonly SimMachine[],
  { within = "8s" }: { within?: string } = {},
): Promise<SimEstate> {
  const dir = mkdtempSync(path.join(tmpdir(), "rackhand-test-"));
  chmodSync(dir, 0o755); // the database's own user must get to the state
  const estate = path.join(dir, "estate");
  const state = path.join(dir, "state");
  const fleet = await startFleet(
    machines.map(({ yaml: _, ready: __, protocol: ___, ...machine }) => ({
      ...machine,
      // Claims are made on GUIDs too: machines of the same name in tests that run at the same time must not have the same.
      bmc: { accounts: [{ name: "admin", password: canary }], guid: randomBytes(16).toString("hex"), ...machine.bmc },
    })),
  );
  mkdirSync(estate);
  writeFileSync(path.join(estate, "rackhand.yaml"), "");
  writeFileSync(
    path.join(estate, "machines.yaml"),
    [credentials, ...machines.map((machine) => declare(machine, fleet, within))].join("---\n"),
  );
  const options = (own: CliOptions = {}): CliOptions => ({
    estate,
    state,
    ...own,
    env: { SIM_BMC_USER: "admin", SIM_BMC_PASSWORD: canary, ...own.env },
  });
  return {
    fleet,
    dir,
    estate,
    state,
    machine: (name) => fleet.get(name),
    start: (args, own) => startRackhand(args, options(own)),
    run: (args, own) => startRackhand(args, options(own)).ended,
    json: async (args, own) => {
      const ended = await startRackhand(["--json", ...args], options(own)).ended;
      const lines = jsonLines(ended);
      return { ...ended, lines, result: lines.at(-1) ?? {} };
    },
    [Symbol.asyncDispose]: async () => {
      await fleet[Symbol.asyncDispose]();
      await endDatabase(state);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const credentials = `kind: Credentials
name: sim
for: [bmc]
username: { env: SIM_BMC_USER }
password: { env: SIM_BMC_PASSWORD }
`;

function declare(machine: SimMachine, fleet: Fleet, within: string): string {
  const { server } = fleet.get(machine.name);
  const service = `${server.readiness.address}:${server.readiness.port}`;
  return `kind: Machine
name: ${machine.name}
bmc: { ${controller(machine, fleet)}, credentials: sim }
probes:
  ready: ${machine.ready?.replace("SERVICE", `"${service}"`) ?? `{ tcp: "${service}", within: ${within}, every: 200ms, timeout: 1s }`}
${machine.yaml ?? ""}`;
}

function controller({ name, protocol }: SimMachine, fleet: Fleet): string {
  const { bmc, redfish } = fleet.get(name);
  const { address, port } = bmc.endpoint;
  if (protocol === "redfish") return `address: "${address}:${redfish?.port ?? 443}", protocol: redfish`;
  const declared = protocol === undefined ? "" : `, protocol: ${protocol}`;
  return `address: "${address}:${port}"${declared}${redfish ? `, redfish: { port: ${redfish.port} }` : ""}`;
}
