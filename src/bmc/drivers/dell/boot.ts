import { RackhandError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { ResponseError } from "#protocols/redfish/errors.ts";
import { link, links, object, text, type Resource } from "#protocols/redfish/resource.ts";
import type { BootOverride, BootReadBack } from "../../bmc.ts";
import { deviceNotKept } from "../boot-errors.ts";
import type { BootHabits } from "../redfish/boot.ts";
import type { Bench } from "../redfish/vendor.ts";
import { canImport, importBootOnce } from "./profile.ts";

const once = "ServerBoot.1.BootOnce";
const first = "ServerBoot.1.FirstBootDevice";
export const virtualCd = "VCD-DVD";

/** Busy or a configuration job in the queue: the other road, or later. */
const notByAttributes: ReadonlySet<string> = new Set([
  "redfish.busy",
  "redfish.job-pending",
  "redfish.property-value",
  "redfish.not-supported",
  "redfish.error",
]);

/** Virtual CD by manager attributes, and by an imported profile where those cannot be written. All other devices go the standard's way. */
export function attributeRoad({ line, places }: Bench, has: (quirk: string) => boolean): BootHabits {
  const { machine } = line.target;

  async function attributes(client: RedfishClient, system: Resource, signal?: AbortSignal) {
    const managers = await places.managers(client, system, signal);
    const paths = managers.flatMap((one) => [
      ...links(one, "Links", "Oem", "Dell", "DellAttributes"),
      ...attributesBeside(one),
    ]);
    for (const path of paths) {
      const found = await client.find(path, { signal });
      if (found && text(found, "Attributes", first) !== undefined) return found;
    }
    return undefined;
  }

  async function write(client: RedfishClient, system: Resource, before: Resource | undefined, signal?: AbortSignal) {
    try {
      if (!before) return await importBootOnce(client, places, system, signal);
      const body = { Attributes: { [once]: "Enabled", [first]: virtualCd } };
      const answer = await client.patch(before.path, body, { resource: before, signal, limits: { busy: seconds(10) } });
      await client.settle(answer, { within: seconds(120), signal });
    } catch (error) {
      if (!before || !(error instanceof ResponseError) || !notByAttributes.has(error.code)) throw error;
      await importBootOnce(client, places, system, signal);
    }
  }

  return {
    async otherRoad(client, system, override, signal) {
      if (override.device !== "cd" || has("virtual-cd-is-cd")) return undefined;
      if (override.persistence === "always") throw onceOnly(machine);
      const before = await attributes(client, system, signal);
      // One that has neither goes the standard's way, whatever its Cd is.
      if (!before && !(await canImport(client, places, system, signal))) return undefined;
      await write(client, system, before, signal);
      const after = before && (await client.get(before.path, { signal }));
      if (after && !isSet(after)) throw deviceNotKept(machine, "cd", text(after, "Attributes", first) ?? "nothing");
      return readBack(override, after !== undefined);
    },
    async otherGet(client, system, signal) {
      if (has("virtual-cd-is-cd")) return undefined;
      const found = await attributes(client, system, signal);
      return found && isSet(found) ? readBack({ device: "cd", persistence: "once" }, true) : undefined;
    },
  };
}

/** iDRAC 9 up to 5.x has the resource below the manager, with nothing that leads to it but the action to reset it. */
function attributesBeside(manager: Resource): readonly string[] {
  const path = link(manager, "Attributes") ?? link(manager);
  return path === undefined || object(manager, "Links", "Oem", "Dell", "DellAttributes")
    ? []
    : [path.endsWith("/Attributes") ? path : `${path.replace(/\/$/, "")}/Attributes`];
}

const isSet = (found: Resource): boolean =>
  text(found, "Attributes", once) === "Enabled" && text(found, "Attributes", first) === virtualCd;

/** Without attributes to look at (iDRAC 7, 8) the job's good end is all there is. */
function readBack({ device, persistence }: BootOverride, seen: boolean): BootReadBack {
  return { override: { device, persistence }, valid: seen, notKept: seen ? [] : ["valid"] };
}

const onceOnly = (machine: string) =>
  new RackhandError("boot.unsupported", "an iDRAC boots its virtual CD once only", {
    subject: machine,
    advice: "say --once",
  });
