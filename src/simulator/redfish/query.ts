import type { HttpFaults } from "../redfish-faults.ts";
import { at, isResource, link, list, resource, type Json, type Resource } from "./json.ts";
import { refused } from "./refusal.ts";
import type { Tree } from "./tree.ts";

type Read = (path: string) => Resource | undefined;

/** Query options of DSP0266 §7.3 on a resource: paging and $expand, as far as the service knows them. */
export function queried(
  body: Resource,
  query: URLSearchParams,
  tree: Tree,
  options: { http: HttpFaults; read: Read },
): Resource {
  const { http, read } = options;
  const page = paged(body, query, http.pageSize);
  const wanted = query.get("$expand");
  if (wanted === null) return page;
  const advertised = resource(tree.root, "ProtocolFeaturesSupported", "ExpandQuery");
  if (http.expand === "refused")
    throw refused(501, "QueryNotSupported", "Querying is not supported on the requested resource.");
  const level = Number(/\$levels=(\d+)/.exec(wanted)?.[1] ?? 1);
  const most = at(advertised, "MaxLevels");
  if (http.expand === "ignored" || !supports(advertised, wanted)) return page;
  if (typeof most === "number" && level > most)
    throw refused(
      400,
      "QueryParameterOutOfRange",
      "The value for $levels is out of range.",
      String(level),
      "$expand",
      `1-${most}`,
    );
  return expanded(page, Math.min(level, 3), read, http.expand === "drops-required");
}

/** `*` all, `.` subordinate, `~` links: only what the service root promises. */
function supports(advertised: Resource | undefined, wanted: string): boolean {
  const all = at(advertised, "ExpandAll") === true;
  if (wanted.startsWith("*")) return all;
  return all || at(advertised, wanted.startsWith("~") ? "Links" : "NoLinks") === true;
}

function expanded(body: Resource, levels: number, read: Read, drops: boolean): Resource {
  if (levels === 0) return body;
  const one = (value: Json): Json => {
    const path = isResource(value) && Object.keys(value).length === 1 ? link(value) : undefined;
    const inner = path === undefined ? undefined : read(path);
    if (!inner) return value;
    const { Id, Name, "@odata.type": type, ...rest } = inner;
    const kept = drops
      ? rest
      : {
          ...rest,
          ...(Id === undefined ? {} : { Id }),
          ...(Name === undefined ? {} : { Name }),
          ...(type === undefined ? {} : { "@odata.type": type }),
        };
    return expanded(kept, levels - 1, read, drops);
  };
  const entries = Object.entries(body).map(([name, value]): [string, Json] => {
    if (name === "Links" || name.startsWith("@")) return [name, value];
    return [name, Array.isArray(value) ? value.map(one) : one(value)];
  });
  return Object.fromEntries(entries);
}

function paged(body: Resource, query: URLSearchParams, pageSize: number | undefined): Resource {
  const all = list(body, "Members");
  const skip = Number(query.get("$skip") ?? 0);
  const top = Math.min(Number(query.get("$top") ?? Infinity), pageSize ?? Infinity);
  if (!Array.isArray(body["Members"]) || (skip === 0 && top >= all.length)) return body;
  const members = all.slice(skip, skip + top);
  const next = skip + top < all.length ? { "Members@odata.nextLink": `${link(body) ?? ""}?$skip=${skip + top}` } : {};
  return { ...body, Members: members, "Members@odata.count": all.length, ...next };
}
