import type { SimulatedServer } from "../server.ts";
import { keyOf, link, type Resource } from "./json.ts";
import { success, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";

interface Entry {
  at: number;
  message: string;
  messageId: string;
}

/** What vendors call the moments that this log knows. */
const wording = {
  dell: { on: "SYS1000", off: "SYS1001", restarted: "RAC0182" },
  supermicro: {
    on: "Event.1.0.SystemPowerAction",
    off: "Event.1.0.SystemPowerAction",
    restarted: "Event.1.0.BmcReset",
  },
  other: { on: "Base.1.8.PowerOn", off: "Base.1.8.PowerOff", restarted: "Base.1.8.ManagerReset" },
};

/** Entries of the recorded log services whose own were not kept: power of the host, and restarts of the controller. */
export class Logs implements Living {
  readonly #service: Service;
  /** Keys of collections of entries, with their paths. */
  readonly #collections: ReadonlyMap<string, string>;
  readonly #entries: Entry[] = [];

  constructor(service: Service, server: SimulatedServer) {
    this.#service = service;
    const { tree } = service;
    const logs = tree.paths.filter((path) => /\/LogServices\/[^/]+$/i.test(path));
    const entries = logs
      .map((path) => link(tree.read(path), "Entries") ?? "")
      .filter((path) => path && !tree.read(path));
    this.#collections = new Map(entries.map((path) => [keyOf(path), path]));
    server.on((event) => {
      if (event.type !== "state") return;
      if (event.was === "off") this.#add("The server is turning on.", this.#words.on);
      if (event.state === "off") this.#add("The server is turning off.", this.#words.off);
    });
  }

  restarted(): void {
    this.#add("The management controller was reset.", this.#words.restarted);
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    const collection = this.#collections.get(key);
    if (collection !== undefined) return this.#all(collection, body);
    const slash = key.lastIndexOf("/");
    const above = this.#collections.get(key.slice(0, slash));
    const entry = above === undefined ? undefined : this.#entries[Number(key.slice(slash + 1)) - 1];
    return above !== undefined && entry ? this.#resource(above, entry) : body;
  }

  handle(request: Request): Reply | undefined {
    const action = this.#service.tree.actions.find(({ target }) => keyOf(target) === request.key);
    if (request.method !== "POST" || !action?.name.endsWith("LogService.ClearLog")) return undefined;
    this.#entries.length = 0;
    return success(204);
  }

  get #words() {
    const { vendor } = this.#service;
    return vendor.startsWith("dell")
      ? wording.dell
      : vendor.startsWith("supermicro")
        ? wording.supermicro
        : wording.other;
  }

  #add(message: string, messageId: string): void {
    this.#entries.push({ at: this.#service.clock.now(), message, messageId });
  }

  #all(path: string, body: Resource | undefined): Resource {
    const all = this.#entries.map((entry) => this.#resource(path, entry));
    const fixed = { "@odata.id": path, "@odata.type": "#LogEntryCollection.LogEntryCollection", Name: "Log Entries" };
    return { ...fixed, ...body, Members: all, "Members@odata.count": all.length };
  }

  #resource(path: string, entry: Entry): Resource {
    const id = String(this.#entries.indexOf(entry) + 1);
    return {
      "@odata.id": `${path}/${id}`,
      "@odata.type": "#LogEntry.v1_4_0.LogEntry",
      Id: id,
      Name: `Log Entry ${id}`,
      EntryType: "Event",
      Created: new Date(entry.at).toISOString(),
      Severity: "OK",
      Message: entry.message,
      MessageId: entry.messageId,
    };
  }
}
