import { UsageError } from "#base/errors.ts";
import { actionTarget, type RedfishClient } from "#protocols/redfish/client.ts";
import { at, link, links, object, text, type Resource } from "#protocols/redfish/resource.ts";
import { checkSystem, identityOf, stranger } from "./identity-check.ts";
import type { RedfishLine } from "./line.ts";
import { sameUuid, uuidOf } from "./uuid.ts";

/** Where things are on one BMC: always by following links. */
export class Places {
  readonly #line: RedfishLine;
  #managers: readonly string[] | undefined;
  #chassis: readonly string[] | undefined;
  #guidSeen = false;

  constructor(line: RedfishLine) {
    this.#line = line;
  }

  /** The managed system as it is now; the server behind it is who it should be. Throws UsageError `redfish.which-system`, RefusedError `bmc.stranger`. */
  async system(client: RedfishClient, signal?: AbortSignal): Promise<Resource> {
    const { known, target } = this.#line;
    const before = target.system === undefined ? known.redfish?.system : undefined;
    const system = (await client.find(before, { signal })) ?? (await this.#choose(client, signal));
    checkSystem(target, this.#line.bmc, known, system);
    if (target.identity?.guid !== undefined) await this.#checkGuid(client, system, target.identity.guid, signal);
    const { uuid, serials } = identityOf(system);
    this.#line.learn({
      redfish: {
        system: system.path,
        ...(uuid === undefined ? {} : { systemUuid: uuid }),
        // Without a UUID the serial number has to do.
        ...(uuid === undefined && serials[0] !== undefined ? { serial: serials[0] } : {}),
      },
    });
    return system;
  }

  /** The GUID of the estate may be IPMI's; over Redfish it is the root's, the controller's or the server's UUID. */
  async #checkGuid(client: RedfishClient, system: Resource, declared: string, signal?: AbortSignal): Promise<void> {
    const wanted = uuidOf(declared);
    if (this.#guidSeen || wanted === undefined) return;
    const managers = await this.managers(client, system, signal);
    const all = [await client.root({ signal }), system, ...managers].map((one) => uuidOf(text(one, "UUID")));
    if (!all.some((one) => one !== undefined && sameUuid(wanted, one)))
      throw stranger(
        this.#line.target.machine,
        this.#line.bmc,
        "GUID",
        wanted,
        all.find((one) => one !== undefined),
      );
    this.#guidSeen = true;
  }

  /** All that the collection lists and that answers. */
  async systems(client: RedfishClient, signal?: AbortSignal): Promise<readonly Resource[]> {
    return readAll(client, link(await client.root({ signal }), "Systems"), signal);
  }

  /** The controllers of the system, the one that answers here first. */
  async managers(client: RedfishClient, system: Resource | undefined, signal?: AbortSignal): Promise<Resource[]> {
    this.#managers ??= await this.#findManagers(client, system, signal);
    return found(client, this.#managers, signal);
  }

  /** The system's chassis, else all there are. */
  async chassis(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<Resource[]> {
    this.#chassis ??= links(system, "Links", "Chassis");
    const own = await found(client, this.#chassis, signal);
    if (own.length > 0) return own;
    return [...(await readAll(client, link(await client.root({ signal }), "Chassis"), signal))];
  }

  async #choose(client: RedfishClient, signal?: AbortSignal): Promise<Resource> {
    const { target } = this.#line;
    const all = await this.systems(client, signal);
    if (target.system !== undefined) {
      const wanted = target.system;
      const named = all.find((one) => one.path === wanted || isCalled(one, wanted));
      if (named) return named;
      throw which(target.machine, `there is no system '${wanted}'`, all);
    }
    // Members without power and boot are no servers: AMI's Capabilities, GPU baseboards.
    const servers = all.filter((one) => actionTarget(one, "#ComputerSystem.Reset") ?? object(one, "Boot"));
    const candidates = servers.length > 0 ? servers : all;
    const [only] = candidates;
    if (only && candidates.length === 1) return only;
    const ours = candidates.filter((one) => isCalled(one, target.machine) || isDeclared(one, target.identity));
    if (ours.length === 1 && ours[0]) return ours[0];
    throw which(target.machine, all.length === 0 ? "the controller shows no system" : "several systems", candidates);
  }

  async #findManagers(client: RedfishClient, system: Resource | undefined, signal?: AbortSignal): Promise<string[]> {
    // Huawei has `Managers` instead of `ManagedBy`.
    const told = [...links(system, "Links", "ManagedBy"), ...links(system, "Links", "Managers")];
    if ((await found(client, told.slice(0, 1), signal)).length > 0) return told;
    const all = await readAll(client, link(await client.root({ signal }), "Managers"), signal);
    const ofSystem = (one: Resource) =>
      system !== undefined && links(one, "Links", "ManagerForServers").includes(system.path);
    const isBmc = (one: Resource) => text(one, "ManagerType") === "BMC";
    const rank = (one: Resource) => (ofSystem(one) ? 0 : isBmc(one) ? 1 : at(one, "Actions") ? 2 : 3);
    return all.toSorted((one, other) => rank(one) - rank(other)).map((one) => one.path);
  }
}

async function readAll(client: RedfishClient, path: string | undefined, signal?: AbortSignal): Promise<Resource[]> {
  const all: Resource[] = [];
  if (path === undefined || !(await client.find(path, { signal }))) return all;
  for await (const one of client.collection(path, { signal, most: 256 })) all.push(one);
  return all;
}

async function found(client: RedfishClient, paths: readonly string[], signal?: AbortSignal): Promise<Resource[]> {
  const all: Resource[] = [];
  for (const path of paths) {
    const one = await client.find(path, { signal });
    if (one) all.push(one);
  }
  return all;
}

function isCalled(system: Resource, name: string): boolean {
  const names = [text(system, "Id"), text(system, "Name"), text(system, "HostName")];
  return names.some((one) => one?.toLowerCase() === name.toLowerCase());
}

function isDeclared(system: Resource, declared: { uuid?: string; serial?: string } | undefined): boolean {
  const { uuid, serials } = identityOf(system);
  if (declared?.uuid !== undefined) return uuid !== undefined && uuidOf(declared.uuid) === uuid;
  return declared?.serial !== undefined && serials.includes(declared.serial);
}

function which(machine: string, what: string, systems: readonly Resource[]): UsageError {
  const ids = systems.map((one) => text(one, "Id") ?? one.path);
  const list = ids.length === 0 ? "" : `: ${ids.slice(0, 20).join(", ")}`;
  return new UsageError("redfish.which-system", `${what}${list}`, {
    subject: machine,
    advice:
      ids.length === 0
        ? "the controller may still be starting; try again in a minute"
        : `say which one it is in the machine's 'bmc':  redfish: { system: ${ids[0]} }`,
    details: { systems: ids },
  });
}
