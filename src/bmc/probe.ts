import { errorRecord, RackhandError, UsageError } from "#base/errors.ts";
import type { Bmc, BmcInfo, BootDevice, BootReadBack, PowerState, ProtocolFinding } from "./bmc.ts";

/** What one look at a controller found. Whoever keeps records stores it. */
export interface ProbeReport {
  info: BmcInfo;
  /** `power (on, off, …)`, `boot`, …: what is there. */
  facets: readonly string[];
  protocols: readonly ProtocolFinding[];
  power?: PowerState;
  boot?: BootReadBack<BootDevice | "other"> | { unreadable: string };
  /** IPMI is switched off in the controller, and can be switched on over Redfish. */
  ipmiCanBeSwitchedOn: boolean;
  /** Something that keeps the server behind it from being managed: several systems, and nobody said which. */
  problem?: UsageError;
}

const optional = [
  "boot",
  "serial",
  "identity",
  "identify",
  "inventory",
  "sensors",
  "events",
  "network",
  "accounts",
  "screenshot",
  "manager",
  "raw",
] as const satisfies readonly (keyof Bmc)[];

/** Asks a controller who it is, what it speaks and what it can do. Changes nothing. */
export async function probeBmc(bmc: Bmc, signal?: AbortSignal): Promise<ProbeReport> {
  await bmc.contact?.(signal);
  const info = (await bmc.identity?.read(signal)) ?? {};
  const seen = await seePower(bmc, signal);
  const boot = seen.problem ? undefined : await seeBoot(bmc, signal);
  const protocols = await protocolsOf(bmc, signal);
  const facets = [
    ...(bmc.power.actions.length > 0 ? [`power (${bmc.power.actions.join(", ")})`] : []),
    ...optional.filter((facet) => bmc[facet] !== undefined),
  ];
  const off = protocols.some(({ protocol, state }) => protocol === "ipmi" && state === "off");
  return { info, facets, protocols, ...seen, ...(boot ? { boot } : {}), ipmiCanBeSwitchedOn: off };
}

/** Switches IPMI over LAN on, over Redfish. Throws UsageError `bmc.service.none` where that cannot be done. */
export async function switchIpmiOn(bmc: Bmc, signal?: AbortSignal): Promise<void> {
  await bmc.contact?.(signal);
  if (!bmc.network)
    throw new UsageError("bmc.service.none", "IPMI can be switched on over Redfish only, and that does not work", {
      subject: bmc.machine,
    });
  await bmc.network.enable("IPMI", true, signal);
}

async function seePower(bmc: Bmc, signal?: AbortSignal): Promise<Pick<ProbeReport, "power" | "problem">> {
  try {
    return { power: await bmc.power.status(signal) };
  } catch (error) {
    if (error instanceof UsageError && error.code === "redfish.which-system") return { problem: error };
    if (error instanceof RackhandError && error.code === "power.not-told") return {};
    throw error;
  }
}

async function seeBoot(bmc: Bmc, signal?: AbortSignal): Promise<ProbeReport["boot"]> {
  try {
    return await bmc.boot?.get(signal);
  } catch (error) {
    signal?.throwIfAborted();
    return { unreadable: errorRecord(error).message };
  }
}

/** What was tried, and what a Redfish controller says of the IPMI that nobody asked for. */
async function protocolsOf(bmc: Bmc, signal?: AbortSignal): Promise<readonly ProtocolFinding[]> {
  const found = bmc.protocols ?? [];
  if (found.some(({ protocol }) => protocol === "ipmi") || !bmc.network) return found;
  const { services } = await bmc.network.read(signal);
  const ipmi = services.find(({ name }) => name === "IPMI");
  if (ipmi === undefined) return found;
  const port = ipmi.port ?? 623;
  const said: ProtocolFinding = ipmi.enabled
    ? { protocol: "ipmi", port, state: "not-tried" }
    : { protocol: "ipmi", port, state: "off", detail: "switched off in the controller" };
  return [said, ...found];
}
