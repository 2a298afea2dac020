import { UsageError } from "#base/errors.ts";
import { minutes } from "#base/units.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { link, object, type Resource } from "#protocols/redfish/resource.ts";
import type { Places } from "../redfish/places.ts";

const profile = `<SystemConfiguration><Component FQDD="iDRAC.Embedded.1"><Attribute Name="ServerBoot.1#BootOnce">Enabled</Attribute><Attribute Name="ServerBoot.1#FirstBootDevice">VCD-DVD</Attribute></Component></SystemConfiguration>`;

/** Sets the virtual CD as next boot device by importing a profile of two attributes: what iDRAC 7 and 8 can do, and others while their attributes cannot be written. */
export async function importBootOnce(
  client: RedfishClient,
  places: Places,
  system: Resource,
  signal?: AbortSignal,
): Promise<void> {
  const target = await importTarget(client, places, system, signal);
  if (target === undefined) throw noRoad(client.subject);
  const body = { ImportBuffer: profile, ShareParameters: { Target: "ALL" }, ShutdownType: "NoReboot" };
  const answer = await client.post(target, body, { signal, repeatable: true });
  await client.settle(answer, { within: minutes(5), signal });
}

export async function canImport(
  client: RedfishClient,
  places: Places,
  system: Resource,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await importTarget(client, places, system, signal)) !== undefined;
}

/** The action's name changed over the years; its end did not. */
async function importTarget(client: RedfishClient, places: Places, system: Resource, signal?: AbortSignal) {
  for (const manager of await places.managers(client, system, signal)) {
    const actions = object(manager, "Actions", "Oem") ?? {};
    const name = Object.keys(actions).find((one) => one.endsWith(".ImportSystemConfiguration"));
    if (name !== undefined) return link(actions, name, "target");
  }
  return undefined;
}

function noRoad(subject: string): UsageError {
  return new UsageError("boot.unsupported", "this iDRAC offers no way to boot its virtual CD", {
    subject,
    advice: "set the quirk 'virtual-cd-is-cd' for this machine to try the standard's Cd, or update the iDRAC",
  });
}
