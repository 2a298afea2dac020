import type { Heard } from "../answer.ts";
import { HtmlError, GarbageError } from "../errors.ts";
import { link, Resource } from "../resource.ts";

/** Asks without throwing at refusals. */
export type Ask = (path: string) => Promise<Heard>;

/** Links that a root must have at least one of to be of use. */
const needed = ["Systems", "Managers", "Chassis"];
/** Collections and services at the only places that DSP0266 and the schemas' own URIs allow for them. */
const standard = [...needed, "SessionService", "AccountService", "UpdateService", "TaskService"];
const base = "/redfish/v1/";

/** The service root as it is; undefined where it is hidden (401) or does not exist although other resources do. */
export async function entrance(ask: Ask, subject: string): Promise<Resource | undefined> {
  const first = await ask(base);
  const root = first.status === 404 ? await ask("/redfish/v1") : first;
  if (root.page !== undefined && root.status < 300) throw new HtmlError(subject, `at ${base}`, root.page);
  if (root.status < 300 && root.resource !== undefined) return root.resource;
  if (root.status === 401) return undefined;
  // No password goes to what may be any web server: it must know at least one Redfish resource.
  const systems = await ask(`${base}Systems`);
  const knows = [401, 403].includes(systems.status) || (systems.status < 300 && systems.resource !== undefined);
  if (knows && systems.page === undefined) return undefined;
  throw new GarbageError(subject, `HTTP ${root.status} for the service root`);
}

export function isWhole(root: Resource): boolean {
  return needed.some((key) => link(root, key) !== undefined);
}

/** A root put together from what answers. */
export async function rebuilt(ask: Ask, root: Resource | undefined, subject: string): Promise<Resource> {
  const found: Record<string, { "@odata.id": string }> = {};
  for (const key of standard) {
    const heard = await ask(base + key);
    if (heard.status < 300 && heard.resource !== undefined) found[key] = { "@odata.id": base + key };
  }
  if (!needed.some((key) => key in found)) throw new GarbageError(subject, "no service root, no systems, no managers");
  return new Resource(base, { "@odata.id": base, ...root?.json, ...found });
}
