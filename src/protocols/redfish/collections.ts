import { ResponseError, TooLargeError } from "./errors.ts";
import { flag, link, list, number, object, Resource, type Reader } from "./resource.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Observation } from "./target.ts";

export interface CollectionOptions {
  signal?: AbortSignal | undefined;
  /** Ask for pages with the members in them where the BMC offers it ($expand). A member that lacks one of these properties then is read by itself. */
  expand?: readonly string[] | undefined;
  /** More members than this are `redfish.too-large`; default 10,000. */
  most?: number | undefined;
}

interface Options extends CollectionOptions {
  observe?: (what: Observation) => void;
}

/** The service root; only a client has one. */
interface RootedReader extends Reader {
  root(): Promise<Resource>;
}

/** The members one after the other. See `RedfishClient.collection`. */
export async function* membersOf(reader: RootedReader, path: string, options: Options): AsyncGenerator<Resource, void> {
  const { most = 10_000 } = options;
  const seen = new Set<string>();
  for await (const page of pagesOf(reader, path, options)) {
    for (const json of list(page, "Members")) {
      const at = link(json);
      if (at === undefined || seen.has(at)) continue;
      seen.add(at);
      if (seen.size > most)
        throw new TooLargeError(reader.subject, `a collection of more than ${most} members at ${path}`);
      const embedded = isObject(json) ? whole(json, at, options.expand) : undefined;
      const member = embedded ?? (await reader.find(at, options));
      if (member !== undefined) yield member;
    }
  }
}

/** What `$expand` brought, when it brought enough: AMI leaves out required properties, many only give the link all the same. */
function whole(json: JsonObject, path: string, needed: readonly string[] | undefined): Resource | undefined {
  if (needed === undefined || Object.keys(json).length < 2) return undefined;
  return needed.every((key) => json[key] !== undefined) ? new Resource(path, json) : undefined;
}

async function* pagesOf(reader: RootedReader, path: string, options: Options): AsyncGenerator<Resource, void> {
  const visited = new Set<string>();
  let page = await firstPage(reader, path, options);
  for (;;) {
    yield page;
    visited.add(page.path);
    const next = link(page, "Members@odata.nextLink") ?? link(page, "@odata.nextLink");
    // A service that leads round in a circle has no further members.
    if (next === undefined || visited.has(next)) return;
    if (visited.size > 1000) throw new TooLargeError(reader.subject, `a collection of more than 1000 pages at ${path}`);
    page = await reader.get(next, options);
  }
}

async function firstPage(reader: RootedReader, path: string, options: Options): Promise<Resource> {
  const query = options.expand === undefined ? undefined : expandQuery(await reader.root());
  if (query === undefined) return reader.get(path, options);
  try {
    return await reader.get(`${path}${path.includes("?") ? "&" : "?"}${query}`, options);
  } catch (error) {
    if (!(error instanceof ResponseError) || error.code === "redfish.not-found") throw error;
    options.observe?.("expand-broken");
    return reader.get(path, options);
  }
}

/** `.` expands what is contained, `*` all links too; only what the root promises is asked for. */
function expandQuery(root: Resource): string | undefined {
  const offer = object(root, "ProtocolFeaturesSupported", "ExpandQuery");
  const sign = flag(offer, "NoLinks") ? "." : flag(offer, "ExpandAll") ? "*" : undefined;
  if (sign === undefined) return undefined;
  const levels = flag(offer, "Levels") && (number(offer, "MaxLevels") ?? 1) >= 1;
  return `$expand=${sign}${levels ? "($levels=1)" : ""}`;
}
