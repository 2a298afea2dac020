import type { Clock } from "#base/clock.ts";
import { Accounts } from "../ipmi/accounts.ts";
import type { RedfishFaults } from "../redfish-faults.ts";
import type { SimulatedServer } from "../server.ts";
import { AccountFace } from "./accounts.ts";
import type { RedfishCounts } from "./counts.ts";
import { DellFace } from "./dell.ts";
import { distorted } from "./distortions.ts";
import { judgeMatch, tagged } from "./etags.ts";
import { at, isResource, keyOf, merge, type Resource } from "./json.ts";
import { Logs } from "./logs.ts";
import { ManagerFace, type IpmiSwitch } from "./manager.ts";
import { queried } from "./query.ts";
import { notAllowed, notFound, refused, Refusal, success, unauthorized, type Reply } from "./refusal.ts";
import type { ScreenSource } from "./screen.ts";
import type { Living, Request, Service } from "./service.ts";
import { Sessions, type SessionLimits } from "./sessions.ts";
import { SupermicroWeb } from "./supermicro.ts";
import { SystemFace, type Identity } from "./systems.ts";
import { Tasks } from "./tasks.ts";
import type { Tree } from "./tree.ts";
import type { Vendor } from "./vendors.ts";

export interface CoreOptions {
  tree: Tree;
  vendor: Vendor;
  clock: Clock;
  faults: RedfishFaults;
  counts: RedfishCounts;
  accounts: Accounts;
  /** The server behind each System. */
  servers: ReadonlyMap<string, SimulatedServer>;
  sessions: SessionLimits;
  identity: Identity;
  screen: ScreenSource;
  ipmi: IpmiSwitch | undefined;
  restart: () => void;
}

/** Names of what no client may write. */
const readOnly = /^(@odata\..*|Id|Name|Members|Actions|Links|PowerState|UUID|SerialNumber|Model|Manufacturer)$/;
const open = new Set(["/redfish", "/redfish/v1", "/redfish/v1/odata", "/redfish/v1/$metadata"]);

/** The service without its network: takes requests that were read, gives replies to be written. */
export class Core {
  readonly sessions: Sessions;
  readonly web: SupermicroWeb;
  readonly #service: Service;
  readonly #accounts: AccountFace;
  readonly #systems: readonly SystemFace[];
  readonly #tasks: Tasks;
  readonly #logs: Logs;
  readonly #living: readonly Living[];
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CoreOptions) {
    const { servers, tree } = options;
    const service: Service = {
      ...options,
      written: new Map(),
      read: (path) => this.read(path),
      startedAt: () => this.#startedAt,
    };
    this.#service = service;
    this.sessions = new Sessions(service, options.sessions);
    this.#accounts = new AccountFace(service);
    this.#tasks = new Tasks(service);
    const job = () => this.#tasks.begin("Change of the boot mode", true).headers?.["Location"] ?? tree.tasks;
    this.#systems = [...servers].map(
      ([path, server], index) =>
        new SystemFace(service, path, server, { identity: index === 0 ? options.identity : {}, job }),
    );
    const first = primary(servers);
    first.on((event) => event.type === "state" && event.state === "boot" && this.#tasks.release());
    this.#logs = new Logs(service, first);
    this.web = new SupermicroWeb(service, first, options.screen);
    const vendors: Living[] = options.vendor.startsWith("dell")
      ? [new DellFace(service, first, { screen: options.screen, job: (name) => this.#tasks.begin(name) })]
      : [];
    const manager = new ManagerFace(service, options.ipmi);
    this.#living = [this.sessions, this.#accounts, ...this.#systems, manager, ...vendors, this.#tasks, this.#logs];
  }

  /** What a restart of the controller takes with it. */
  restarted(): void {
    this.sessions.clear();
    this.web.clear();
    this.#logs.restarted();
    this.#service.faults.distortions.delete("bare-root");
    this.#startedAt = this.#service.clock.monotonic();
  }

  /** A resource as it is now; undefined when there is none. */
  read(path: string): Resource | undefined {
    const key = keyOf(path);
    const { written, tree } = this.#service;
    const known = written.get(key) ?? tree.read(key);
    return this.#living.reduce<Resource | undefined>((body, one) => (one.view ? one.view(key, body) : body), known);
  }

  /** Throws a Refusal for what is answered with an error. */
  answer(request: Request): Reply {
    const isLogin = request.method === "POST" && this.#isLogin(request.key);
    if (!open.has(request.key) && !isLogin) {
      request.user = this.sessions.authenticate(request.headers);
      if (!request.user) throw unauthorized();
      this.#judgeUser(request, request.user.name);
    }
    if (request.method === "GET" || request.method === "HEAD") return this.#get(request);
    return this.#write(request);
  }

  /** What an unharmed answer to a GET would hold; for garbage made of it. */
  truth(request: Request): Resource {
    return this.read(request.path) ?? {};
  }

  #isLogin(key: string): boolean {
    const sessions = keyOf(this.#service.tree.sessions);
    return key === sessions || key === `${sessions}/members`;
  }

  #judgeUser({ method, key }: Request, name: string): void {
    const { accounts, faults } = this.#service;
    const privilege = accounts.named(name)?.privilege ?? "user";
    const own = this.#accounts.pathOf(name);
    if (faults.accounts.changeRequired.has(name) && !(keyOf(own) === key && ["GET", "PATCH"].includes(method))) {
      const message = "The password provided for this account must be changed before access is granted.";
      throw refused(403, "PasswordChangeRequired", message, own);
    }
    const reads = method === "GET" || method === "HEAD" || key.startsWith(keyOf(this.#service.tree.sessions));
    const administers =
      key.startsWith(keyOf(this.#service.tree.accounts)) || /\/manager\.reset|networkprotocol/.test(key);
    const may = privilege === "administrator" || reads || (privilege === "operator" && !administers);
    if (!may) throw refused(403, "InsufficientPrivilege", "There are insufficient privileges for the account.");
  }

  #get({ path, key, query }: Request): Reply {
    if (key === "/redfish") return { status: 200, body: { v1: "/redfish/v1/" } };
    if (key === "/redfish/v1/odata") return { status: 200, body: this.#odata() };
    if (key === "/redfish/v1/$metadata")
      return { status: 200, headers: { "Content-Type": "application/xml" }, body: metadata };
    const { faults, tree } = this.#service;
    const page = query.size > 0 ? this.read(`${path}?${query.toString()}`) : undefined;
    const body = page ?? this.read(path);
    if (!body) throw notFound(path);
    const read = (path: string) => this.read(path);
    const asked =
      query.size > 0 || faults.http.pageSize ? queried(body, query, tree, { http: faults.http, read }) : body;
    const { body: shown, header } = tagged(this.#distorted(asked), faults.etag);
    const headers = { Allow: this.#allowed(key, body), ...(header === undefined ? {} : { ETag: header }) };
    return { status: this.#tasks.statusOf(key), body: shown, headers };
  }

  /** By this header clients learn whether accounts are made or filled in. */
  #allowed(key: string, body: Resource): string {
    const { tree } = this.#service;
    const makes = key === keyOf(tree.sessions) || (key === keyOf(tree.accounts) && this.#accounts.makes);
    if (makes) return "GET, HEAD, POST";
    return Array.isArray(body["Members"]) ? "GET, HEAD" : "GET, HEAD, PATCH";
  }

  #distorted(body: Resource): Resource {
    const booted = this.#systems.some(({ server }) => server.boots.some(({ ended }) => ended !== undefined));
    const { distortions } = this.#service.faults;
    return distortions.size === 0 ? body : distorted(body, distortions, { booted });
  }

  #odata(): Resource {
    const value = Object.entries(this.#service.tree.root).flatMap(([name, inner]) => {
      const url = at(inner, "@odata.id");
      return typeof url === "string" ? [{ name, kind: "Singleton", url }] : [];
    });
    return { "@odata.context": "/redfish/v1/$metadata", value };
  }

  #write(request: Request): Reply {
    const { faults } = this.#service;
    if (this.#systems.some(({ power }) => power.busy) && !this.#isSession(request))
      throw refused(
        400,
        "InvalidOperationForSystemState",
        "The operation was not successful due to the current power state.",
      );
    const present = this.read(request.path);
    if (request.method === "PATCH" || request.method === "PUT") {
      if (!present) throw notFound(request.path);
      judgeMatch(this.#distorted(present), request.headers, faults.etag);
    }
    for (const one of this.#living) {
      const reply = one.handle?.(request);
      if (reply) return this.#asTask(request, reply);
    }
    return this.#plain(request, present);
  }

  #isSession({ key }: Request): boolean {
    return key.startsWith(keyOf(this.#service.tree.sessions));
  }

  #asTask(request: Request, reply: Reply): Reply {
    const wanted = this.#service.faults.tasks.for;
    if (wanted === "nothing" || (reply.status >= 202 && reply.status !== 204) || this.#isSession(request)) return reply;
    const reset = request.method === "POST" && /reset/.test(request.key);
    if (wanted !== "writes" && !reset) return reply;
    const task = this.#tasks.begin(reset ? "Reset" : "Change");
    return reply.after ? { ...task, after: reply.after } : task;
  }

  /** Writes that nobody gives a meaning to: kept where they fit, like in a simple mock. */
  #plain(request: Request, present: Resource | undefined): Reply {
    const action = this.#service.tree.actions.find(({ target }) => keyOf(target) === request.key);
    if (request.method === "POST" && action) return this.#asTask(request, success(204));
    if (!present) throw notFound(request.path);
    if (request.method !== "PATCH") throw notAllowed("GET, HEAD, PATCH");
    refuseUnknown(request.body, present);
    const { written, tree } = this.#service;
    written.set(request.key, merge(written.get(request.key) ?? tree.read(request.key) ?? {}, request.body));
    return this.#asTask(request, success());
  }
}

function refuseUnknown(change: Resource, present: Resource): void {
  const names = Object.keys(change);
  const fixed = names.find((name) => readOnly.test(name));
  if (fixed !== undefined) throw refused(400, "PropertyNotWritable", `The property ${fixed} is read-only.`, fixed);
  const unknown = names.find((name) => !(name in present) && name !== "Oem" && name !== "Attributes");
  if (unknown !== undefined)
    throw refused(400, "PropertyUnknown", `The property ${unknown} is not in the list of valid properties.`, unknown);
}

function primary(servers: ReadonlyMap<string, SimulatedServer>): SimulatedServer {
  const [first] = servers.values();
  if (!first)
    throw new Refusal({ status: 500, messageId: "", message: "the tree holds no system that can be switched" });
  return first;
}

/** The body of a request; throws a Refusal when it is no JSON object. */
export function parseBody(bytes: Uint8Array): Resource {
  if (bytes.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw refused(400, "MalformedJSON", "The request body submitted was malformed JSON.");
  }
  if (!isResource(parsed)) throw refused(400, "UnrecognizedRequestBody", "The request body is not an object.");
  return parsed;
}

const metadata = `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices/></edmx:Edmx>
`;
