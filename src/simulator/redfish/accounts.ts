import type { Account, AccountPrivilege } from "../bmc.ts";
import { at, keyOf, members, merge, text, texts, type Resource } from "./json.ts";
import { notAllowed, refused, success, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";

const roles: Record<AccountPrivilege, string> = {
  callback: "ReadOnly",
  user: "ReadOnly",
  operator: "Operator",
  administrator: "Administrator",
};
const privileges: Readonly<Record<string, AccountPrivilege>> = {
  ReadOnly: "user",
  Operator: "operator",
  Administrator: "administrator",
};

/**
 * AccountService over the accounts that IPMI knows too. An account lies where the recording has one of its name; else it takes the place of the first
 * recorded administrator, else the first empty slot, else a new one. Recorded accounts that nobody takes are shown, but no password opens them.
 */
export class AccountFace implements Living {
  readonly #service: Service;
  /** Keys of account resources, and whose they are. */
  readonly #places = new Map<string, string>();

  constructor(service: Service) {
    this.#service = service;
    for (const { name } of service.accounts.list) this.#place(name);
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    const { tree } = this.#service;
    const collection = keyOf(tree.accounts);
    if (key === keyOf(tree.accountService)) return body ?? this.#serviceResource();
    if (key === collection) return this.#withMembers(body);
    const name = this.#places.get(key);
    if (name === undefined) return body;
    const account = this.#service.accounts.named(name);
    if (!account) return this.#emptied(body);
    const shown = this.#resource(key, body);
    const types = texts(shown, "AccountTypes").filter((type) => type !== "IPMI");
    const enabled = this.#service.written.get(key)?.["Enabled"] ?? true;
    const live = { UserName: name, RoleId: roles[account.privilege], Password: null, Enabled: enabled };
    return { ...shown, ...live, AccountTypes: account.ipmi ? [...types, "IPMI"] : types };
  }

  handle(request: Request): Reply | undefined {
    const { tree } = this.#service;
    if (request.key === keyOf(tree.accounts)) return this.#create(request);
    const isAccount = request.key.startsWith(`${keyOf(tree.accounts)}/`) && this.#service.read(request.path);
    if (!isAccount) return undefined;
    if (request.method === "PATCH") return this.#change(request);
    if (request.method === "DELETE" && !this.#slotted) return this.#delete(request);
    throw notAllowed(this.#slotted ? "GET, HEAD, PATCH" : "GET, HEAD, PATCH, DELETE");
  }

  /** Where an account can be changed. */
  pathOf(name: string): string {
    const key = [...this.#places].find(([, who]) => who === name)?.[0];
    return text(this.#service.read(key ?? ""), "@odata.id") ?? this.#service.tree.accounts;
  }

  /** Whether new accounts are made by POST. */
  get makes(): boolean {
    return !this.#slotted;
  }

  /** Accounts are a fixed number of slots that are filled and emptied (iDRAC). */
  get #slotted(): boolean {
    return this.#service.vendor.startsWith("dell");
  }

  #create({ method, body }: Request): Reply {
    if (method !== "POST" || this.#slotted) throw notAllowed(this.#slotted ? "GET, HEAD" : "GET, HEAD, POST");
    const name = text(body, "UserName");
    const password = text(body, "Password");
    if (!name || password === undefined) throw refused(400, "PropertyMissing", "UserName and Password are required.");
    if (this.#service.accounts.named(name))
      throw refused(400, "ResourceAlreadyExists", "The account exists already.", "ManagerAccount", "UserName", name);
    this.#judge(password);
    const privilege = privileges[text(body, "RoleId") ?? ""] ?? "user";
    this.#service.accounts.put({ name, password, privilege, ipmi: mayIpmi(body) ?? this.#newOnesMayIpmi });
    const key = this.#place(name, true);
    const created = this.#service.read(key) ?? {};
    return { status: 201, headers: { Location: text(created, "@odata.id") ?? key }, body: created };
  }

  #change({ key, body }: Request): Reply {
    const { accounts, written, faults } = this.#service;
    const before = this.#places.get(key);
    const account = accounts.named(before ?? "");
    const name = text(body, "UserName") ?? before;
    const password = text(body, "Password");
    if (password !== undefined) this.#judge(password);
    if (mayIpmi(body) && account?.ipmi === false && password === undefined && faults.accounts.ipmiNeedsPassword)
      throw refused(
        400,
        "PropertyMissing",
        "The password is required for a change of the account's types.",
        "Password",
      );
    const emptied = name === "" || name === undefined;
    if (emptied && before !== undefined) accounts.remove(before);
    if (!emptied && (account ?? password) !== undefined) {
      if (account && account.name !== name) accounts.remove(account.name);
      accounts.put(this.#changed(name, account, body));
      this.#places.set(key, name);
      if (password !== undefined) faults.accounts.changeRequired.delete(name);
    }
    const { UserName: _name, Password: _password, RoleId: _role, ...rest } = body;
    written.set(key, merge(written.get(key) ?? this.#service.tree.read(key) ?? {}, rest));
    return success();
  }

  #changed(name: string, account: Required<Account> | undefined, body: Resource): Account {
    const { passwords } = this.#service.faults.accounts;
    const told = passwords === "kept" ? text(body, "Password") : undefined;
    return {
      name,
      password: told ?? account?.password ?? "",
      privilege: privileges[text(body, "RoleId") ?? ""] ?? account?.privilege ?? "user",
      ipmi: mayIpmi(body) ?? account?.ipmi ?? this.#newOnesMayIpmi,
    };
  }

  get #newOnesMayIpmi(): boolean {
    return this.#service.faults.accounts.newOnes === "everywhere";
  }

  #delete({ key }: Request): Reply {
    this.#service.accounts.remove(this.#places.get(key) ?? "");
    this.#places.set(key, "");
    return success(204);
  }

  /** The rules that the AccountService tells. */
  #judge(password: string): void {
    const service = this.#service.read(this.#service.tree.accountService);
    const [least, most] = [at(service, "MinPasswordLength"), at(service, "MaxPasswordLength")];
    const short = typeof least === "number" && password.length < least;
    const long = typeof most === "number" && most > 0 && password.length > most;
    if (short || long)
      throw refused(
        400,
        "PropertyValueFormatError",
        "The value of the property Password is of a wrong length.",
        "Password",
      );
  }

  #place(name: string, fresh = false): string {
    const free = members(this.#service.tree.read(this.#service.tree.accounts)).filter((path) => !this.#taken(path));
    const recorded = (fits: (account: Resource | undefined) => boolean) =>
      free.find((path) => fits(this.#service.tree.read(path)));
    const path =
      recorded((account) => text(account, "UserName") === name) ??
      (fresh ? undefined : recorded((account) => at(account, "RoleId") === "Administrator")) ??
      recorded((account) => account !== undefined && text(account, "UserName") === "") ??
      // iDRAC's first slot is reserved; in old recordings the slots themselves were not kept
      recorded((account) => account === undefined) ??
      `${this.#service.tree.accounts}/${encodeURIComponent(name)}`;
    this.#places.set(keyOf(path), name);
    return keyOf(path);
  }

  #taken(path: string): boolean {
    const reserved = this.#slotted && path.endsWith("/1");
    return reserved || this.#places.has(keyOf(path));
  }

  #withMembers(body: Resource | undefined): Resource {
    const { tree, accounts } = this.#service;
    const known = members(body);
    const recorded = known.filter((path) => this.#slotted || this.#places.get(keyOf(path)) !== "");
    const added = [...this.#places]
      .filter(([key, name]) => accounts.named(name) && !known.some((path) => keyOf(path) === key))
      .map(([key]) => text(this.view(key, undefined), "@odata.id") ?? key);
    const all = [...recorded, ...added].map((path) => ({ "@odata.id": path }));
    const base = body ?? { "@odata.id": tree.accounts, Name: "Accounts Collection" };
    return { ...base, Members: all, "Members@odata.count": all.length };
  }

  #resource(key: string, body: Resource | undefined): Resource {
    const recorded = members(this.#service.tree.read(this.#service.tree.accounts)).find((path) => keyOf(path) === key);
    const path = recorded ?? `${this.#service.tree.accounts}/${key.slice(key.lastIndexOf("/") + 1)}`;
    const id = path.slice(path.lastIndexOf("/") + 1);
    const type = "#ManagerAccount.v1_1_1.ManagerAccount";
    const fixed = {
      "@odata.id": path,
      "@odata.type": type,
      Id: id,
      Name: "User Account",
      Enabled: true,
      Locked: false,
      AccountTypes: ["Redfish"],
    };
    return body ?? fixed;
  }

  #emptied(body: Resource | undefined): Resource | undefined {
    return this.#slotted && body ? { ...body, UserName: "", Enabled: false } : undefined;
  }

  #serviceResource(): Resource {
    const { tree } = this.#service;
    const type = "#AccountService.v1_0_2.AccountService";
    const fixed = {
      "@odata.id": tree.accountService,
      "@odata.type": type,
      Id: "AccountService",
      Name: "Account Service",
    };
    return { ...fixed, Accounts: { "@odata.id": tree.accounts } };
  }
}

/** Undefined: AccountTypes is not spoken of. */
function mayIpmi(body: Resource): boolean | undefined {
  return "AccountTypes" in body ? texts(body, "AccountTypes").includes("IPMI") : undefined;
}
