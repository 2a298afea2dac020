import type { Clock } from "#base/clock.ts";
import type { Secret } from "#base/secret.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { hear, type Heard } from "../answer.ts";
import {
  AnswerLostError,
  ConnectionLostError,
  SessionLostError,
  SessionsFullError,
  WrongPasswordError,
} from "../errors.ts";
import type { Received } from "../http/exchange.ts";
import { Wire } from "../http/wire.ts";
import { jsonLimits, type JsonObject } from "../json.ts";
import { Patience } from "../refusal/patience.ts";
import { refusal } from "../refusal/refusal.ts";
import { pathOf, type Resource } from "../resource.ts";
import type { Limits, Observation, RedfishOptions, RedfishTarget, SendOptions } from "../target.ts";
import { askedFor, headersOf, sessionsPath, type Pass } from "./log-in.ts";
import { peerOf } from "./peer.ts";
import { entrance, isWhole, rebuilt } from "./entrance.ts";
import { forgetWrong, mayTry, wasWrong } from "./wrong-passwords.ts";

const defaults: Limits = {
  connect: milliseconds(1800),
  handshake: seconds(10),
  answer: seconds(60),
  busy: seconds(30),
  window: seconds(75),
};

/** What is asked for, before it becomes bytes. */
export interface Asking {
  method: string;
  path: string;
  body?: JsonObject | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  repeatable: boolean;
}

/** Where the password is proven: sessions, basic authentication, the one new log-in, and waiting while the BMC is busy. */
export class Door {
  readonly subject: string;
  readonly observed = new Set<Observation>();
  #target: RedfishTarget;
  readonly #options: RedfishOptions;
  readonly clock: Clock;
  readonly #limits: Limits;
  readonly #wire: Wire;
  readonly #bmc: string;
  #pass: Pass | undefined;
  #sessions = "";
  /** A request was let in with the present pass. */
  #proven = false;
  /** Basic authentication only because no session was free. */
  #stopgap = false;
  #renewing: Promise<void> | undefined;
  #root: Resource | undefined;
  #closed: Promise<void> | undefined;
  passwordChange: string | undefined;
  changedAt = -Infinity;

  constructor(target: RedfishTarget, options: RedfishOptions, clock: Clock) {
    const peer = peerOf(target, options);
    this.subject = peer.subject;
    this.#bmc = `${peer.host}:${peer.port}`;
    this.#target = target;
    this.#options = options;
    this.clock = clock;
    this.#limits = { ...defaults, ...options.limits };
    this.#wire = new Wire(peer, {
      clock,
      keep: target.connection !== "close",
      parallel: target.parallel ?? 1,
      loose: target.looseHttp ?? false,
      largest: options.largest ?? jsonLimits.bytes,
      observe: (what) => this.observe(what),
    });
  }

  get pin(): string | undefined {
    return this.#wire.peer.pin;
  }

  get authentication(): "session" | "basic" {
    return this.#pass?.kind ?? "basic";
  }

  get session(): string | undefined {
    return this.#pass?.kind === "session" ? this.#pass.path : undefined;
  }

  get etag(): RedfishTarget["etag"] {
    return this.#target.etag;
  }

  observe(what: Observation): void {
    this.observed.add(what);
  }

  /** The service root as it is, before anybody logged in; undefined where it is hidden or absent. */
  async entrance(signal: AbortSignal | undefined): Promise<Resource | undefined> {
    this.#root = await entrance(
      (path) => this.ask({ method: "GET", path, repeatable: true }, { signal }),
      this.subject,
    );
    return this.#root;
  }

  /** The service root with links in it. */
  async root(options: SendOptions): Promise<Resource> {
    const ask = (path: string) => this.ask({ method: "GET", path, repeatable: true }, options);
    const root = this.#root ?? (await entrance(ask, this.subject));
    if (root !== undefined && isWhole(root)) return root;
    this.observe("no-root");
    return rebuilt(ask, root, this.subject);
  }

  /** Gets in. A wrong password is tried once, in one way. */
  async logIn(known: string | undefined, root: Resource | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { authentication = "auto", known: before } = this.#target;
    mayTry(this.#bmc, this.subject, this.#target, this.clock.monotonic());
    this.#sessions = known ?? sessionsPath(root);
    if (authentication === "basic" || (authentication === "auto" && before?.authentication === "basic"))
      this.#pass = this.#basic();
    else await this.#askForSession(authentication === "auto", signal);
  }

  /** One request with its answer of any status but those that the door itself deals with. */
  async ask(asking: Asking, options: SendOptions): Promise<Heard> {
    let renewed = false;
    for (;;) {
      const pass = this.#pass;
      const heard = await this.#patiently(asking, pass, options);
      if (heard.status !== 401 || pass === undefined) {
        if (pass !== undefined && heard.status < 300) this.#proven = true;
        return heard;
      }
      if (renewed || !(await this.#letInAgain(pass, heard, options.signal))) return heard;
      renewed = true;
    }
  }

  /** See `RedfishClient.raw`. */
  raw(
    method: string,
    path: string,
    request: SendOptions & {
      headers?: Readonly<Record<string, string>> | undefined;
      body?: Uint8Array | undefined;
      authenticated?: boolean | undefined;
    },
  ): Promise<Received> {
    const own = request.authenticated && this.#pass ? headersOf(this.#pass) : {};
    const { body, signal } = request;
    const limits = { ...this.#limits, ...request.limits };
    const headers = { ...own, ...request.headers };
    return this.#wire.carry({ method, path, headers, body, repeatable: method === "GET" }, { limits, signal });
  }

  adoptPassword(password: Secret): void {
    this.#target = { ...this.#target, password };
    forgetWrong(this.#bmc);
    if (this.#pass?.kind === "basic") this.#pass = this.#basic();
  }

  close(within: Ms): Promise<void> {
    this.#closed ??= this.#leave(within);
    return this.#closed;
  }

  async #leave(within: Ms): Promise<void> {
    const pass = this.#pass;
    if (pass?.kind === "session" && pass.path !== undefined) await this.#end(pass, pass.path, within);
    this.#pass = undefined;
    this.#wire.close();
  }

  /** A session that is gone already (401, 404) has ended, too. Other failures leave it to the ledger and to the BMC's time-out. */
  async #end(pass: Pass, path: string, within: Ms): Promise<void> {
    const limits = { ...this.#limits, answer: within, busy: milliseconds(2000) };
    try {
      const heard = await this.#patiently({ method: "DELETE", path, repeatable: true }, pass, { limits });
      if (heard.status < 300 || [401, 404, 410].includes(heard.status)) this.#options.onSessionEnd?.(path);
    } catch {
      // The caller is leaving: nothing that it could do.
    }
  }

  /** Sends; waits and repeats while the BMC says that it is busy. */
  async #patiently(asking: Asking, pass: Pass | undefined, options: SendOptions): Promise<Heard> {
    const limits = { ...this.#limits, ...options.limits };
    const patience = new Patience(limits);
    const { signal } = options;
    for (;;) {
      const heard = hear(await this.#wire.carry(bytesOf(asking, pass), { limits, signal }), asking.path, this.subject);
      const pause = patience.next(asking.method, heard);
      if (pause === undefined) return heard;
      await this.clock.sleep(pause, signal);
    }
  }

  /** After a 401 with `pass`: true when it is worth asking once more. */
  async #letInAgain(pass: Pass, heard: Heard, signal: AbortSignal | undefined): Promise<boolean> {
    if (pass.kind === "basic") {
      if (this.#proven) return false;
      if (this.#stopgap) throw new SessionsFullError(this.subject, "refused");
      throw this.#wrong(heard);
    }
    if (this.#pass !== pass) return true;
    // Some firmware says 401 where it means 403: the session is then as alive as ever, and a new one would be one more.
    if (await this.#isAlive(pass, signal)) return false;
    if (!this.#proven) throw new SessionLostError(this.subject, `at ${heard.path}`);
    this.#renewing ??= this.#renew(pass, signal).finally(() => (this.#renewing = undefined));
    await this.#renewing;
    return true;
  }

  async #isAlive(pass: Pass & { kind: "session" }, signal: AbortSignal | undefined): Promise<boolean> {
    if (pass.path === undefined) return false;
    const heard = await this.#patiently({ method: "GET", path: pass.path, repeatable: true }, pass, { signal });
    return heard.status < 300;
  }

  async #renew(pass: Pass & { kind: "session" }, signal: AbortSignal | undefined): Promise<void> {
    if (pass.path !== undefined) this.#options.onSessionEnd?.(pass.path);
    this.#proven = false;
    mayTry(this.#bmc, this.subject, this.#target, this.clock.monotonic());
    await this.#askForSession((this.#target.authentication ?? "auto") === "auto", signal);
  }

  async #askForSession(basicWillDo: boolean, signal: AbortSignal | undefined): Promise<void> {
    let heard = await this.#postSession(basicWillDo, signal);
    const first = askedFor(heard);
    // Where nothing is any more, some say 404 and some 401.
    if ((first === "none" || first === "refused") && (await this.#moved(signal)))
      heard = await this.#postSession(basicWillDo, signal);
    const asked = askedFor(heard);
    if (asked === "refused") throw this.#wrong(heard);
    if (asked === undefined || (asked === "none" && !basicWillDo)) throw refusal(heard, "the log-in", this.subject);
    if (asked === "full" && !basicWillDo) throw new SessionsFullError(this.subject, "not allowed");
    if (asked === "none" || asked === "full") {
      this.observe(asked === "none" ? "no-sessions" : "sessions-full");
      this.#stopgap = asked === "full";
      this.#pass = this.#basic();
    } else this.#enter(asked.pass, heard);
  }

  /** True when sessions are made elsewhere than an earlier connection learnt (a firmware update moves them). */
  async #moved(signal: AbortSignal | undefined): Promise<boolean> {
    const before = this.#sessions;
    if (this.#root === undefined && before === this.#target.known?.sessions)
      this.#sessions = sessionsPath(await this.entrance(signal));
    return this.#sessions !== before;
  }

  #enter(pass: Pass, heard: Heard): void {
    this.#pass = pass;
    if (this.session !== undefined) this.#options.onSession?.(this.session);
    const change = heard.messages.find(({ id }) => id === "PasswordChangeRequired");
    if (change !== undefined) this.passwordChange = pathOf(change.args[0] ?? "") ?? "";
  }

  /** Not repeatable: a second one might leave the first behind. */
  async #postSession(basicWillDo: boolean, signal: AbortSignal | undefined): Promise<Heard> {
    const { username, password } = this.#target;
    const asking = {
      method: "POST",
      path: this.#sessions,
      body: { UserName: username, Password: password.reveal() },
      repeatable: false,
    };
    const limits = basicWillDo ? { busy: milliseconds(Math.min(this.#limits.busy, 6000)) } : {};
    try {
      return await this.#patiently(asking, undefined, { signal, limits });
    } catch (error) {
      if (error instanceof AnswerLostError) throw new ConnectionLostError(this.subject, "during the log-in", error);
      throw error;
    }
  }

  #basic(): Pass {
    const { username, password } = this.#target;
    return { kind: "basic", header: `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}` };
  }

  #wrong(heard: Heard): WrongPasswordError {
    const text = heard.messages.find((message) => message.text !== "")?.text;
    const error = new WrongPasswordError(this.subject, this.#target.username, text ? ` (it says: ${text})` : "");
    wasWrong(this.#bmc, this.#target, error, this.clock.monotonic());
    return error;
  }
}

function bytesOf({ method, path, body, headers, repeatable }: Asking, pass: Pass | undefined) {
  return {
    method,
    path,
    repeatable,
    headers: {
      Accept: "application/json",
      "OData-Version": "4.0",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(pass === undefined ? {} : headersOf(pass)),
      ...headers,
    },
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
  };
}
