import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "#base/errors.ts";
import { at, isResource, keyOf, link, list, members, resource, type Resource } from "./json.ts";

/** An action somewhere in the tree. */
export interface TreeAction {
  /** `ComputerSystem.Reset`, without the `#` and whatever a vendor puts in front of it. */
  name: string;
  target: string;
  /** The resource that advertises it. */
  owner: string;
  body: Resource;
}

/** The resources of one BMC as they were recorded. Never changes, so that many services can share it. */
export class Tree {
  readonly #resources: ReadonlyMap<string, { path: string; body: Resource }>;
  readonly actions: readonly TreeAction[];

  constructor(resources: Iterable<readonly [path: string, body: Resource]>) {
    const entries = [...resources].map(([path, body]) => [keyOf(path), { path, body }] as const);
    this.#resources = new Map(withRoot(new Map(entries)));
    this.actions = [...this.#resources.values()].flatMap(({ path, body }) => [...actionsOf(path, body)]);
  }

  /** All paths, as recorded. */
  get paths(): readonly string[] {
    return [...this.#resources.values()].map(({ path }) => path);
  }

  /** Not to be written to. */
  read(path: string): Resource | undefined {
    return this.#resources.get(keyOf(path))?.body;
  }

  get root(): Resource {
    return this.read("/redfish/v1") ?? {};
  }

  /** Systems that can be switched or told what to boot: a GPU baseboard among them is none. */
  get systems(): string[] {
    return members(this.read(link(this.root, "Systems") ?? "")).filter((path) => {
      const system = this.read(path);
      return isResource(at(system, "Boot")) || isResource(at(system, "Actions", "#ComputerSystem.Reset"));
    });
  }

  get managers(): string[] {
    return members(this.read(link(this.root, "Managers") ?? "")).filter((path) => this.read(path));
  }

  get accountService(): string {
    return link(this.root, "AccountService") ?? "/redfish/v1/AccountService";
  }

  get accounts(): string {
    const told = link(this.read(this.accountService), "Accounts");
    const beside = this.managers.map((path) => `${path}/Accounts`).find((path) => this.read(path));
    return told ?? beside ?? `${this.accountService}/Accounts`;
  }

  get sessionService(): string {
    return link(this.root, "SessionService") ?? "/redfish/v1/SessionService";
  }

  get sessions(): string {
    return (
      link(this.root, "Links", "Sessions") ??
      link(this.read(this.sessionService), "Sessions") ??
      `${this.sessionService}/Sessions`
    );
  }

  get taskService(): string {
    return link(this.root, "Tasks") ?? "/redfish/v1/TaskService";
  }

  get tasks(): string {
    return link(this.read(this.taskService), "Tasks") ?? `${this.taskService}/Tasks`;
  }
}

function* actionsOf(owner: string, body: Resource): Generator<TreeAction> {
  const groups = [resource(body, "Actions"), resource(body, "Actions", "Oem")];
  for (const [name, action] of groups.flatMap((group) => Object.entries(group ?? {}))) {
    const target = at(action, "target");
    if (!isResource(action) || typeof target !== "string") continue;
    yield { name: name.slice(name.lastIndexOf("#") + 1), target, owner, body: action };
  }
}

/** A recording without a service root gets one that names what is there: no client could begin without. */
function withRoot(resources: Map<string, { path: string; body: Resource }>) {
  const path = "/redfish/v1";
  if (!resources.has(path)) {
    const services = [
      "Systems",
      "Chassis",
      "Managers",
      "SessionService",
      "AccountService",
      "EventService",
      "Registries",
    ];
    const links = services.filter((name) => resources.has(keyOf(`${path}/${name}`)));
    const body: Resource = {
      "@odata.id": path,
      "@odata.type": "#ServiceRoot.v1_0_0.ServiceRoot",
      Id: "RootService",
      Name: "Root Service",
      RedfishVersion: "1.0.1",
      ...Object.fromEntries(links.map((name) => [name, { "@odata.id": `${path}/${name}` }])),
      Links: { Sessions: { "@odata.id": `${path}/SessionService/Sessions` } },
    };
    if (resources.has(keyOf(`${path}/TaskService`))) body["Tasks"] = { "@odata.id": `${path}/TaskService` };
    resources.set(path, { path, body });
  }
  return resources;
}

const loaded = new Map<string, Promise<Tree>>();

/** Reads a folder in the layout of a DMTF mockup. Those that were read before are not read again. */
export function loadTree(folder: string): Promise<Tree> {
  const known = loaded.get(folder);
  if (known) return known;
  const tree = readTree(folder);
  loaded.set(folder, tree);
  tree.catch(() => loaded.delete(folder));
  return tree;
}

async function readTree(folder: string): Promise<Tree> {
  const files = await filesOf(join(folder, "redfish"), folder);
  const resources = await Promise.all(
    files.map(async ({ file, path }): Promise<readonly [string, Resource][]> => {
      const body: unknown = JSON.parse(await readFile(file, "utf8"));
      return isResource(body) ? [[path, body]] : [];
    }),
  );
  return new Tree(resources.flat());
}

async function filesOf(below: string, folder: string): Promise<{ file: string; path: string }[]> {
  try {
    const entries = await readdir(below, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name === "index.json")
      .map(({ parentPath, name }) => ({ file: join(parentPath, name), path: parentPath.slice(folder.length) }));
  } catch (cause) {
    const message = "holds no recorded Redfish tree (DIR/redfish/v1/…/index.json)";
    throw new UsageError("simulator.redfish-tree", message, { subject: folder, cause });
  }
}

/** Values that an action's parameter may take: from the action, or from its ActionInfo. */
export function allowedValues(
  action: Resource,
  parameter: string,
  read: (path: string) => Resource | undefined,
): readonly string[] | undefined {
  const own = at(action, `${parameter}@Redfish.AllowableValues`);
  if (Array.isArray(own)) return own.filter((one) => typeof one === "string");
  const info = at(action, "@Redfish.ActionInfo");
  const told = typeof info === "string" ? list(read(info), "Parameters") : [];
  const values = told.find((one) => at(one, "Name") === parameter);
  return values === undefined ? undefined : list(values, "AllowableValues").filter((one) => typeof one === "string");
}
