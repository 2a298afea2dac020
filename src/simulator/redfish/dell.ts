import { seconds } from "#base/units.ts";
import type { BootSource, SimulatedServer } from "../server.ts";
import { at, isResource, keyOf, merge, resource, text, type Resource } from "./json.ts";
import { refused, Refusal, success, type Reply } from "./refusal.ts";
import type { ScreenSource } from "./screen.ts";
import type { Living, Request, Service } from "./service.ts";

const devices: Readonly<Record<string, BootSource | "none">> = {
  Normal: "none",
  PXE: "pxe",
  HDD: "disk",
  BIOS: "bios",
  "VCD-DVD": "cd",
  vFDD: "floppy",
  "CD-DVD": "physical-cd",
  FDD: "floppy",
};
const once = "ServerBoot.1.BootOnce";
const first = "ServerBoot.1.FirstBootDevice";
/** After a restart of the controller it is not ready for anything that touches the host for this long. */
const readyAfter = seconds(20);

/** What only iDRACs have: the OEM road to the boot device, the life-cycle controller's readiness, and its pictures of the screen. */
export class DellFace implements Living {
  readonly #service: Service;
  readonly #server: SimulatedServer;
  readonly #screen: ScreenSource;
  readonly #job: (name: string) => Reply;
  /** The override's revision when it was written by this road. */
  #written: { device: string; once: boolean; revision: number } | undefined;

  constructor(
    service: Service,
    server: SimulatedServer,
    options: { screen: ScreenSource; job: (name: string) => Reply },
  ) {
    this.#service = service;
    this.#server = server;
    this.#screen = options.screen;
    this.#job = options.job;
  }

  view(_key: string, body: Resource | undefined): Resource | undefined {
    const attributes = resource(body, "Attributes");
    if (!body || !attributes || !(first in attributes)) return body;
    const alive = this.#written?.revision === this.#server.override.revision ? this.#written : undefined;
    const shown = alive
      ? { [first]: alive.device, [once]: alive.once ? "Enabled" : "Disabled" }
      : { [first]: "Normal" };
    return { ...body, Attributes: { ...attributes, ...shown } };
  }

  handle(request: Request): Reply | undefined {
    if (request.method === "PATCH") return this.#patch(request);
    const action = this.#service.tree.actions.find(({ target }) => keyOf(target) === request.key)?.name;
    if (action === "DellLCService.GetRemoteServicesAPIStatus") return { status: 200, body: this.#readiness() };
    if (action === "DellLCService.ExportServerScreenShot") return this.#picture(request.body);
    return action?.endsWith(".ImportSystemConfiguration") ? this.#import(request.body) : undefined;
  }

  #patch({ path, key, body }: Request): Reply | undefined {
    const wanted = resource(body, "Attributes");
    if (
      !wanted ||
      !isResource(at(this.#service.read(path), "Attributes")) ||
      !(first in (resource(this.#service.read(path), "Attributes") ?? {}))
    )
      return undefined;
    const { attributes } = this.#service.faults.boot;
    if (attributes === "busy")
      throw refused(503, "ServiceTemporarilyUnavailable", "The service is temporarily unavailable.", "30");
    if (attributes === "job-queued") throw queued();
    const change = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name.replace("#", "."), value]));
    this.#set(text(change, first), text(change, once));
    const { written, tree } = this.#service;
    written.set(key, merge(written.get(key) ?? tree.read(path) ?? {}, { Attributes: change }));
    return success();
  }

  #set(device: string | undefined, bootOnce: string | undefined): void {
    if (device === undefined) return;
    const source = devices[device];
    if (source === undefined)
      throw refused(400, "PropertyValueNotInList", `The value ${device} is not in the list.`, device, first);
    const persistent = bootOnce === "Disabled";
    this.#server.override.set(source === "none" ? undefined : { source, persistent, uefi: true });
    this.#written = { device, once: !persistent, revision: this.#server.override.revision };
  }

  /** A server configuration profile, of which only the boot device is understood. */
  #import(body: Resource): Reply {
    if (this.#service.faults.boot.attributes === "job-queued") throw queued();
    const profile = text(body, "ImportBuffer") ?? "";
    const value = (name: string) => new RegExp(`Name="${name}"[^>]*>([^<]*)<`).exec(profile)?.[1];
    this.#set(value("ServerBoot.1#FirstBootDevice"), value("ServerBoot.1#BootOnce"));
    return this.#job("Import Configuration");
  }

  #readiness(): Resource {
    const ready = this.#service.clock.monotonic() - this.#service.startedAt() >= readyAfter;
    const status = ready ? "Ready" : "NotReady";
    const server = this.#server.power === "off" ? "PoweredOff" : this.#server.state === "post" ? "InPOST" : "OutOfPOST";
    return { LCStatus: status, RTStatus: status, ServerStatus: server, Status: status, "@Message.ExtendedInfo": [] };
  }

  #picture(body: Resource): Reply {
    const kind = text(body, "FileType");
    if (kind === undefined)
      throw refused(400, "ActionParameterMissing", "The parameter FileType is required.", "FileType");
    if (!["ServerScreenShot", "Preview", "LastCrashScreenShot"].includes(kind))
      throw refused(400, "ActionParameterValueFormatError", `The value ${kind} is not in the list.`, kind, "FileType");
    const { png } = this.#screen(this.#server.state);
    if (!png)
      throw new Refusal({ status: 400, messageId: "IDRAC.2.8.LC081", message: "Unable to capture the screen." });
    return {
      status: 200,
      body: { ServerScreenshotFile: Buffer.from(png).toString("base64"), "@Message.ExtendedInfo": [] },
    };
  }
}

function queued(): Refusal {
  const message = "Unable to modify the attribute because a configuration job is already scheduled.";
  return new Refusal({ status: 400, messageId: "IDRAC.2.8.RAC0679", message });
}
