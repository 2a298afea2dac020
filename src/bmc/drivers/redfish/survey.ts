import { UsageError } from "#base/errors.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { link, type Resource } from "#protocols/redfish/resource.ts";
import type { BmcInfo, PowerAction } from "../../bmc.ts";
import type { Screenshot } from "../../facets.ts";
import { recogniseVendor } from "../../registry.ts";
import { accountService } from "./accounts.ts";
import type { RedfishBoot } from "./boot.ts";
import { lightOf } from "./light.ts";
import { managerReset } from "./manager.ts";
import type { RedfishPower } from "./power.ts";
import { hasSensors } from "./sensors.ts";
import type { Bench, VendorDriver } from "./vendor.ts";
import { foundBy, infoOf } from "./who.ts";

/** What one look through a controller found. */
export interface Survey {
  vendor: VendorDriver | undefined;
  info: BmcInfo;
  actions: readonly PowerAction[];
  facets: readonly string[];
  screenshot: ((client: RedfishClient, signal?: AbortSignal) => Promise<Screenshot>) | undefined;
  /** Several systems, and nobody said which: power and boot have to wait for that. */
  undecided: UsageError | undefined;
}

/** Reads enough of a controller to know who it is and which facets it has, and keeps that in the record. */
export async function survey(
  bench: Bench,
  client: RedfishClient,
  power: RedfishPower,
  boot: RedfishBoot,
  signal?: AbortSignal,
): Promise<Survey> {
  const { line, places } = bench;
  const { system, undecided } = await chosen(bench, client, signal);
  const systems = system ? [system] : await places.systems(client, signal);
  const managers = await places.managers(client, system, signal);
  const root = await client.root({ signal });
  const found = foundBy(root, systems, managers);
  const vendor = recogniseVendor(found);
  const quirks = (vendor?.quirks?.(found) ?? []).filter((one) => !line.has(one));
  line.learn({ quirks, redfish: { ...(vendor ? { driver: vendor.id } : {}), authentication: client.authentication } });
  const info = await infoOf(client, found, vendor, system, managers[0], signal);
  const actions = system ? await power.offers(client, system, signal) : [];
  const screenshot = await vendor?.screenshot?.(bench, client, managers[0], found, signal);
  const facets = system ? await facetsOf(bench, client, system, managers, boot, signal) : [];
  if (screenshot) facets.push("screenshot");
  if (system) line.learn({ redfish: { actions, facets } });
  return { vendor, info, actions, facets, screenshot, undecided };
}

async function chosen({ places }: Bench, client: RedfishClient, signal?: AbortSignal) {
  try {
    return { system: await places.system(client, signal), undecided: undefined };
  } catch (error) {
    if (!(error instanceof UsageError) || error.code !== "redfish.which-system") throw error;
    return { system: undefined, undecided: error };
  }
}

async function facetsOf(
  { places }: Bench,
  client: RedfishClient,
  system: Resource,
  managers: readonly Resource[],
  boot: RedfishBoot,
  signal?: AbortSignal,
): Promise<string[]> {
  const chassis = await places.chassis(client, system, signal);
  const [manager] = managers;
  const all = [system, ...managers, ...chassis];
  const have: Record<string, boolean> = {
    boot: await boot.known(client, system, signal),
    identify: [system, ...chassis].some((one) => lightOf(one) !== undefined),
    inventory: true,
    sensors: chassis.some(hasSensors),
    events: all.some((one) => link(one, "LogServices") !== undefined),
    network: managers.some((one) => link(one, "NetworkProtocol") ?? link(one, "EthernetInterfaces")),
    accounts: link(await accountService(client, signal), "Accounts") !== undefined,
    manager: manager !== undefined && (await managerReset(client, manager, signal)) !== undefined,
  };
  return Object.keys(have).filter((facet) => have[facet]);
}
