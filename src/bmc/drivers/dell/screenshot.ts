import { RackhandError } from "#base/errors.ts";
import { actionTarget, type RedfishClient } from "#protocols/redfish/client.ts";
import { link, text, type Resource } from "#protocols/redfish/resource.ts";
import type { Screenshot } from "../../facets.ts";
import type { Bench } from "../redfish/vendor.ts";

const action = "#DellLCService.ExportServerScreenShot";

/** The life-cycle controller's picture of the screen: 14G and later. */
export async function dellScreenshot(
  { line }: Bench,
  client: RedfishClient,
  manager: Resource | undefined,
  _found: unknown,
  signal?: AbortSignal,
): Promise<((client: RedfishClient, signal?: AbortSignal) => Promise<Screenshot>) | undefined> {
  const service = await client.find(link(manager, "Links", "Oem", "Dell", "DellLCService"), { signal });
  const target = service && actionTarget(service, action);
  if (target === undefined) return undefined;
  return async (now, stop) => {
    const answer = await now.post(target, { FileType: "ServerScreenShot" }, { signal: stop, repeatable: true });
    const bytes = Buffer.from(text64(answer.resource), "base64");
    if (bytes.subarray(1, 4).toString("latin1") !== "PNG") throw noPicture(line.target.machine);
    return { type: "image/png", bytes };
  };
}

/** Longer than any text that is fit to be shown. */
function text64(resource: Resource | undefined): string {
  const file = resource?.json["ServerScreenshotFile"];
  return typeof file === "string" ? file : (text(resource, "ServerScreenshotFile") ?? "");
}

function noPicture(machine: string): RackhandError {
  return new RackhandError("bmc.screenshot", "the controller sent no picture", {
    subject: machine,
    advice: "the machine may be off, or show nothing yet",
    retryable: true,
  });
}
