import type { Distortion } from "../redfish-faults.ts";
import { at, isResource, list, text, type Json, type Resource } from "./json.ts";

/** What a distortion needs to know besides the resource. */
export interface Circumstances {
  /** The host has been through POST since the controller started. */
  booted: boolean;
}

type Distort = (body: Resource, type: string, circumstances: Circumstances) => Resource;

const without = (body: Resource, ...names: readonly string[]): Resource =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));

/** Every value of a resource, at any depth. */
function everywhere(value: Json, change: (name: string, value: Json) => Json, name = ""): Json {
  if (Array.isArray(value)) return value.map((one) => everywhere(one, change, name));
  if (!isResource(value)) return change(name, value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, everywhere(one, change, key)]));
}

function object(value: Json): Resource {
  return isResource(value) ? value : {};
}

const withUuid = (body: Resource, uuid: string) => ("UUID" in body ? { ...body, UUID: uuid } : body);
const isCollection = (type: string) => type.endsWith("Collection");

const distort: Record<Distortion, Distort> = {
  "no-vendor": (body, type) => (type === "ServiceRoot" ? without(body, "Vendor", "Product", "Oem") : body),
  "null-model": (body) => ("Model" in body ? { ...body, Model: null, Manufacturer: null } : body),
  // not those that lead to the system: nobody could find it
  "null-members": (body, type) =>
    isCollection(type) && list(body, "Members").length === 0 ? { ...body, Members: null } : body,
  "null-account-types": (body, type) =>
    type === "ManagerAccount" ? { ...body, AccountTypes: ["Redfish", null], OEMAccountTypes: null } : body,
  "no-managed-by": (body, type) => {
    if (type !== "ComputerSystem" || !isResource(body["Links"])) return body;
    const managers = at(body, "Links", "ManagedBy");
    return { ...body, Links: { ...without(body["Links"], "ManagedBy"), Managers: managers ?? [] } };
  },
  "zero-uuid": (body) => withUuid(body, "00000000-0000-0000-0000-000000000000"),
  "empty-uuid": (body) => withUuid(body, ""),
  "odd-dates": (body) =>
    object(
      everywhere(body, (_name, value) =>
        typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? "0000-00-00T00:00:00+00:00" : value,
      ),
    ),
  "numbers-as-text": (body) =>
    object(
      everywhere(body, (name, value) => (typeof value === "number" && !name.includes("@") ? String(value) : value)),
    ),
  "dangling-members": (body, type) => {
    const first = list(body, "Members")[0];
    const path = at(first, "@odata.id");
    if (!isCollection(type) || typeof path !== "string") return body;
    return { ...body, Members: [{ "@odata.id": `${path}-gone` }, ...list(body, "Members")] };
  },
  "capabilities-member": (body, type) => {
    if (type !== "ComputerSystemCollection") return body;
    const path = `${text(body, "@odata.id") ?? ""}/Capabilities`;
    return { ...body, Members: [{ "@odata.id": path }, ...list(body, "Members")] };
  },
  "slashed-links": (body) =>
    object(
      everywhere(body, (name, value) =>
        name === "@odata.id" && typeof value === "string" && !value.includes("#")
          ? `${value.replace(/\/$/, "")}/`
          : value,
      ),
    ),
  "bare-root": (body, type) => (type === "ServiceRoot" ? bare(body) : body),
  "no-nics-before-post": (body, type, { booted }) =>
    type === "EthernetInterfaceCollection" && !booted && (text(body, "@odata.id") ?? "").includes("/Systems/")
      ? { ...body, Members: [], "Members@odata.count": 0 }
      : body,
};

function bare(root: Resource): Resource {
  const kept = ["@odata.id", "@odata.type", "@odata.context", "Id", "Name", "RedfishVersion", "UUID"];
  return Object.fromEntries(Object.entries(root).filter(([name]) => kept.includes(name)));
}

/** `ComputerSystem` for `#ComputerSystem.v1_5_0.ComputerSystem`. */
export function typeOf(body: Resource): string {
  const type = body["@odata.type"];
  return typeof type === "string" ? (type.split(".")[0] ?? "").replace("#", "") : "";
}

/** A resource as a service with these oddities would show it. */
export function distorted(body: Resource, oddities: Iterable<Distortion>, circumstances: Circumstances): Resource {
  const type = typeOf(body);
  return [...oddities].reduce((odd, name) => distort[name](odd, type, circumstances), body);
}
