import { systemClock, type Clock } from "#base/clock.ts";
import { SimulatedBmc, type BmcOptions } from "./bmc.ts";
import type { NetworkFaults } from "./faults.ts";
import type { RedfishOptions, SimulatedRedfish } from "./redfish.ts";
import { SimulatedServer, type ServerOptions } from "./server.ts";

export interface MachineOptions {
  name: string;
  /** Runs the server's times and the BMC's time-outs; `scaledClock(60)` makes a minute a second. */
  clock?: Clock;
  server?: Omit<ServerOptions, "name" | "clock">;
  bmc?: BmcOptions;
  /** With it the controller speaks Redfish too; `bmc: { enabled: false }` leaves Redfish alone. */
  redfish?: RedfishOptions;
  /** How bad the network is from the start. */
  network?: Partial<NetworkFaults>;
}

/** A server and the controller in front of it. */
export interface SimulatedMachine extends AsyncDisposable {
  readonly name: string;
  readonly server: SimulatedServer;
  readonly bmc: SimulatedBmc;
  /** The same controller's other face; power, boot override, accounts and restarts are shared. */
  readonly redfish: SimulatedRedfish | undefined;
}

/** A machine whose controller speaks Redfish. */
export type RedfishMachine = SimulatedMachine & { readonly redfish: SimulatedRedfish };

let machines = 0;

/** A loopback address that no other machine of this process has: a port that closes and opens again is not taken by anybody in between. */
function ownAddress(): string {
  machines++;
  return `127.${128 + (process.pid % 64)}.${(machines >> 8) & 0xff}.${machines & 0xff}`;
}

/**
 * Starts one simulated machine: an IPMI 2.0 BMC on a loopback address (UDP), and the server behind it with its readiness port (TCP). The two share an
 * address, by default one of their own; port 0 takes any free one. What it does wrong is set at `bmc.faults`, `bmc.network` and `server.behaviour`, at any time.
 */
export function startBmc(options: MachineOptions & { redfish: RedfishOptions }): Promise<RedfishMachine>;
export function startBmc(options: MachineOptions): Promise<SimulatedMachine>;
export async function startBmc(options: MachineOptions): Promise<SimulatedMachine> {
  const { name, clock = systemClock, bmc: bmcOptions = {} } = options;
  const address = bmcOptions.address ?? ownAddress();
  await using parts = new AsyncDisposableStack();
  const server = parts.use(
    await SimulatedServer.start({ ...options.server, name, clock, ready: { address, ...options.server?.ready } }),
  );
  const bmc = parts.use(await SimulatedBmc.start(server, { ...bmcOptions, address }));
  Object.assign(bmc.network, options.network);
  const redfish = options.redfish && parts.use(await startFace(server, bmc, { address, ...options.redfish }));
  const whole = parts.move();
  return { name, server, bmc, redfish, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

/** Redfish of the controller that speaks IPMI already. */
async function startFace(
  server: SimulatedServer,
  bmc: SimulatedBmc,
  options: RedfishOptions,
): Promise<SimulatedRedfish> {
  const { SimulatedRedfish } = await import("./redfish.ts");
  const redfish = await SimulatedRedfish.start(server, options, {
    ...(options.accounts ? {} : { accounts: bmc.accounts }),
    ipmi: {
      get enabled() {
        return bmc.plugged;
      },
      get port() {
        return bmc.port;
      },
      set: (enabled) => void (enabled === bmc.plugged || (enabled ? bmc.plug() : bmc.unplug())),
    },
    restart: () => void bmc.reboot(),
  });
  bmc.onReboot((away) => void redfish.reboot(away));
  return redfish;
}

/** Two BMCs that were given each other's address, as after a mix-up of cables or leases: their sessions are gone, the servers stay where they are. */
export async function swapAddresses(one: SimulatedBmc, other: SimulatedBmc): Promise<void> {
  const [a, b] = [one.endpoint, other.endpoint];
  await one.unplug();
  await other.unplug();
  await one.plug(b);
  await other.plug(a);
}
