import { randomBytes } from "node:crypto";
import type { Account } from "../bmc.ts";
import { keyOf, merge, text, type Resource } from "./json.ts";
import { notAllowed, refused, Refusal, success, unauthorized, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";

/** A session that is open now. */
interface Row {
  id: string;
  token: string;
  user: string;
  lastHeard: number;
  uses: number;
  created: string;
}

export interface SessionLimits {
  slots: number;
  timeout: number;
}

/** SessionService: log in by POST, out by DELETE; rows that were idle too long go at the next look. Also judges basic authentication. */
export class Sessions implements Living {
  readonly #service: Service;
  readonly #limits: SessionLimits;
  readonly #collection: string;
  #rows: Row[] = [];
  #next = 1;

  constructor(service: Service, limits: SessionLimits) {
    this.#service = service;
    this.#limits = limits;
    this.#collection = service.tree.sessions;
  }

  get open(): readonly { id: string; user: string }[] {
    this.#sweep();
    return this.#rows.map(({ id, user }) => ({ id, user }));
  }

  /** All at once, as when the controller restarts or an administrator throws everybody out. */
  clear(): void {
    this.#service.counts.sessions.lost += this.open.length;
    this.#rows = [];
  }

  /** Who asks; throws a Refusal when the token or the password is wrong. Undefined: nobody in particular. */
  authenticate(headers: Request["headers"]): Required<Account> | undefined {
    const token = headers["x-auth-token"];
    if (typeof token === "string") return this.#byToken(token);
    const { authorization } = headers;
    if (!authorization) return undefined;
    const [, code = ""] = /^basic (.*)$/i.exec(authorization) ?? [];
    const [name = "", ...password] = Buffer.from(code, "base64").toString().split(":");
    if (this.#service.faults.sessions.basic === "refused") throw unauthorized();
    const account = this.#login(name, password.join(":"));
    this.#service.counts.basicLogins++;
    return account;
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    const collection = keyOf(this.#collection);
    if (this.#service.faults.sessions.absent && (key.startsWith(collection) || key === this.#serviceKey))
      return undefined;
    if (key === this.#serviceKey) return body ?? this.#serviceResource();
    if (key === collection) return merge(body ?? { "@odata.id": this.#collection, Name: "Sessions" }, this.#members());
    if (!key.startsWith(`${collection}/`)) return body;
    const row = this.#find(key);
    return row && this.#resource(row);
  }

  handle(request: Request): Reply | undefined {
    const collection = keyOf(this.#collection);
    const isCollection = request.key === collection || request.key === `${collection}/members`;
    if (request.method === "POST" && isCollection) return this.#open(request);
    if (isCollection) throw notAllowed("GET, HEAD, POST");
    const row = this.#find(request.key);
    if (!row) return undefined;
    if (request.method !== "DELETE") throw notAllowed("GET, HEAD, DELETE");
    this.#rows = this.#rows.filter((other) => other !== row);
    this.#service.counts.sessions.closed++;
    return success(this.#service.vendor.startsWith("dell") ? 200 : 204);
  }

  get #serviceKey(): string {
    return keyOf(this.#service.tree.sessionService);
  }

  #open(request: Request): Reply {
    const { faults, counts } = this.#service;
    if (faults.sessions.absent) throw refused(404, "ResourceMissingAtURI", "not found", request.path);
    const name = text(request.body, "UserName");
    const password = text(request.body, "Password");
    if (name === undefined || password === undefined)
      throw refused(
        400,
        "PropertyMissing",
        "UserName and Password are required.",
        name === undefined ? "UserName" : "Password",
      );
    const account = this.#login(name, password);
    if (faults.sessions.full || this.open.length >= this.#limits.slots) {
      counts.sessions.refused++;
      throw this.#full();
    }
    const row = this.#begin(account.name);
    return { status: 201, headers: this.#headers(row, request), body: this.#resource(row) };
  }

  #begin(user: string): Row {
    const { clock, counts } = this.#service;
    const created = new Date(clock.now()).toISOString();
    const row = {
      id: String(this.#next++),
      token: randomBytes(16).toString("hex"),
      user,
      lastHeard: clock.monotonic(),
      uses: 0,
      created,
    };
    this.#rows.push(row);
    counts.sessions.opened++;
    return row;
  }

  #headers(row: Row, request: Request): Record<string, string> {
    const { location } = this.#service.faults.sessions;
    const path = `${this.#collection}/${row.id}`;
    if (location === "missing") return { "X-Auth-Token": row.token };
    return { "X-Auth-Token": row.token, Location: location === "absolute" ? `${request.origin}${path}` : path };
  }

  #full(): Refusal {
    if (this.#service.faults.sessions.fullAs === "CreateLimitReached")
      return refused(400, "CreateLimitReachedForResource", "The create operation failed because the limit is reached.");
    const message = "The maximum number of user sessions is reached.";
    return new Refusal({ status: 503, messageId: "IDRAC.2.8.RAC0218", message });
  }

  #login(name: string, password: string): Required<Account> {
    const { accounts, counts } = this.#service;
    const found = accounts.locked(name) ? undefined : accounts.named(name);
    if (found?.password === password) {
      accounts.rightPassword(name);
      return found;
    }
    counts.wrongPasswords++;
    accounts.wrongPassword(name);
    throw unauthorized();
  }

  #byToken(token: string): Required<Account> {
    this.#sweep();
    const row = this.#rows.find((one) => one.token === token);
    const account = row && this.#service.accounts.named(row.user);
    const { tokenUses } = this.#service.faults.sessions;
    if (!row || !account || (tokenUses !== undefined && row.uses >= tokenUses)) {
      this.#rows = this.#rows.filter((one) => one !== row);
      throw unauthorized();
    }
    row.uses++;
    row.lastHeard = this.#service.clock.monotonic();
    return account;
  }

  #find(key: string): Row | undefined {
    const collection = keyOf(this.#collection);
    return this.#rows.find((row) => key === `${collection}/${row.id}` || key === `${collection}/members/${row.id}`);
  }

  #sweep(): void {
    const now = this.#service.clock.monotonic();
    const alive = this.#rows.filter((row) => now - row.lastHeard <= this.#limits.timeout);
    this.#service.counts.sessions.timedOut += this.#rows.length - alive.length;
    this.#rows = alive;
  }

  #resource(row: Row): Resource {
    const path = `${this.#collection}/${row.id}`;
    const fixed = { "@odata.id": path, "@odata.type": "#Session.v1_1_0.Session", Id: row.id, Name: "User Session" };
    return { ...fixed, UserName: row.user, CreatedTime: row.created, Password: null };
  }

  #members(): Resource {
    const rows = this.open.map(({ id }) => ({ "@odata.id": `${this.#collection}/${id}` }));
    return { Members: rows, "Members@odata.count": rows.length };
  }

  #serviceResource(): Resource {
    return {
      "@odata.id": this.#service.tree.sessionService,
      "@odata.type": "#SessionService.v1_0_2.SessionService",
      Id: "SessionService",
      Name: "Session Service",
      ServiceEnabled: true,
      SessionTimeout: Math.round(this.#limits.timeout / 1000),
      Sessions: { "@odata.id": this.#collection },
    };
  }
}
