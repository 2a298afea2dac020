import { randomBytes } from "node:crypto";
import type { SimulatedServer } from "../server.ts";
import type { Reply } from "./refusal.ts";
import type { ScreenSource } from "./screen.ts";
import type { Service } from "./service.ts";

/** A request to the web interface, which is not Redfish. */
export interface WebRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  cookie: string;
  csrf: string | undefined;
  form: URLSearchParams;
}

/** As much of the web interface of X10 to X12 boards as a picture of the screen needs: log in, ask for a preview, wait, fetch it. */
export class SupermicroWeb {
  readonly #service: Service;
  readonly #server: SimulatedServer;
  readonly #screen: ScreenSource;
  readonly #sessions = new Map<string, { csrf: string; picture: Uint8Array | undefined }>();

  constructor(service: Service, server: SimulatedServer, screen: ScreenSource) {
    this.#service = service;
    this.#server = server;
    this.#screen = screen;
  }

  /** How many are logged in; who does not log out fills a small table. */
  get open(): number {
    return this.#sessions.size;
  }

  clear(): void {
    this.#sessions.clear();
  }

  /** Undefined: not a page of this interface. */
  answer(request: WebRequest): Reply | undefined {
    if (!request.path.startsWith("/cgi/")) return undefined;
    if (request.path === "/cgi/login.cgi" && request.method === "POST") return this.#login(request.form);
    const id = /\bSID=([^;]+)/.exec(request.cookie)?.[1] ?? "";
    const session = this.#sessions.get(id);
    if (!session) return page(`<script>location.href="/"</script>session expired`);
    if (request.path === "/cgi/logout.cgi") return this.#sessions.delete(id) ? page("bye") : undefined;
    if (request.path === "/cgi/op.cgi") return this.#operation(request, session);
    if (request.path === "/cgi/url_redirect.cgi") return this.#redirect(request, session);
    return { status: 404 };
  }

  #login(form: URLSearchParams): Reply {
    const [name, password] = [form.get("name") ?? "", form.get("pwd") ?? ""];
    // Older firmware takes the words as they are, newer in base64.
    const forms = [[name, password], [name, password].map((word) => Buffer.from(word, "base64").toString())] as const;
    const user = forms.map(([who = ""]) => this.#service.accounts.named(who)).find((one) => one !== undefined);
    if (!user || !forms.some(([, word]) => word === user.password)) {
      this.#service.counts.wrongPasswords++;
      return page("login failed");
    }
    const id = randomBytes(8).toString("hex");
    this.#sessions.set(id, { csrf: randomBytes(16).toString("hex"), picture: undefined });
    return {
      ...page(`<script>self.location="../cgi/url_redirect.cgi?url_name=mainmenu"</script>`),
      headers: { "Content-Type": "text/html", "Set-Cookie": `SID=${id}; path=/; secure; HttpOnly` },
    };
  }

  #operation(request: WebRequest, session: { csrf: string; picture: Uint8Array | undefined }): Reply {
    if (request.csrf !== session.csrf) return { status: 403 };
    if (request.form.get("op") === "sys_preview") session.picture = this.#screen(this.#server.state).jpeg;
    return {
      status: 200,
      headers: { "Content-Type": "application/xml" },
      body: '<?xml version="1.0"?><IPMI><STATE>0</STATE></IPMI>',
    };
  }

  #redirect({ query }: WebRequest, session: { csrf: string; picture: Uint8Array | undefined }): Reply {
    const name = query.get("url_name");
    if (name === "Snapshot" && session.picture)
      return { status: 200, headers: { "Content-Type": "image/jpeg" }, body: session.picture };
    if (name === "topmenu" || name === "mainmenu")
      return page(`<script>SmcCsrfInsert ("CSRF_TOKEN", "${session.csrf}");</script>`);
    return { status: 404 };
  }
}

function page(inner: string): Reply {
  return { status: 200, headers: { "Content-Type": "text/html" }, body: `<html><body>${inner}</body></html>` };
}
