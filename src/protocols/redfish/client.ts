import { systemClock, type Clock } from "#base/clock.ts";
import type { Secret } from "#base/secret.ts";
import { seconds } from "#base/units.ts";
import { isErrorInDisguise, resourceOf, type Answer, type Heard } from "./answer.ts";
import { membersOf, type CollectionOptions } from "./collections.ts";
import type { JsonObject } from "./json.ts";
import type { Received } from "./http/exchange.ts";
import { refusal } from "./refusal/refusal.ts";
import { link, Resource, type Reader } from "./resource.ts";
import { Door } from "./session/door.ts";
import type { EtagHabit, Observation, RedfishOptions, RedfishTarget, SendOptions } from "./target.ts";
import { isTask, settled, type TaskOptions, type TaskOutcome } from "./tasks.ts";
import { change } from "./writing/change.ts";
import { forgetWrong } from "./session/wrong-passwords.ts";

export type { Answer } from "./answer.ts";
export type { RedfishOptions, RedfishTarget, SendOptions } from "./target.ts";

export interface PostOptions extends SendOptions {
  /** Sent twice it does what sent once. Default false: an answer that got lost is `redfish.answer-lost`. */
  repeatable?: boolean | undefined;
}

export interface ChangeOptions extends SendOptions {
  /** As it was read just now: spares reading it again for its ETag. */
  resource?: Resource | undefined;
  etag?: EtagHabit | undefined;
}

/** A request beside Redfish (a picture from a CGI, a download): no authentication but the given headers, no reading of the answer. */
export interface RawRequest extends SendOptions {
  headers?: Readonly<Record<string, string>> | undefined;
  body?: Uint8Array | undefined;
  /** Send what authenticates this client, too. */
  authenticated?: boolean | undefined;
}

/**
 * A Redfish service. Requests go one at a time unless the target says otherwise; busy phases are waited for within limits; a session that ended is made
 * anew once. Names are learnt by following links from {@link RedfishClient.root}, never built.
 */
export class RedfishClient implements AsyncDisposable, Reader {
  readonly #door: Door;
  readonly #clock: Clock;
  #root: Promise<Resource> | undefined;

  private constructor(door: Door, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
  }

  /**
   * Connects and logs in: service root, session. Throws, each with its own code: `bmc.silent`, `bmc.port-unreachable`, `bmc.name`, `bmc.no-route`,
   * `bmc.garbage`, `redfish.tls`, `redfish.tls-pin`, `bmc.auth.password`, `bmc.sessions-full`, `redfish.*` refusals, the signal's reason, and what
   * `accept` throws. With basic authentication the password is proven by the first request that needs it.
   */
  static async open(target: RedfishTarget, options: RedfishOptions = {}): Promise<RedfishClient> {
    const clock = options.clock ?? systemClock;
    const client = new RedfishClient(new Door(target, options, clock), clock);
    try {
      await client.#enter(target, options);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  async #enter(target: RedfishTarget, options: RedfishOptions): Promise<void> {
    const { signal, accept } = options;
    const known = target.known?.sessions;
    const root = known === undefined || accept ? await this.#door.entrance(signal) : undefined;
    if (root !== undefined) accept?.(root);
    await this.#door.logIn(known, root, signal);
    if (root === undefined) accept?.(await this.root({ signal }));
  }

  /** The name that errors begin with. */
  get subject(): string {
    return this.#door.subject;
  }

  /** How this client got in; `basic` leaves nothing behind on the BMC. */
  get authentication(): "session" | "basic" {
    return this.#door.authentication;
  }

  /** The path of the open session; undefined with basic authentication. */
  get session(): string | undefined {
    return this.#door.session;
  }

  /** The certificate's SHA-256 in hex digits; undefined over plain http. */
  get pin(): string | undefined {
    return this.#door.pin;
  }

  /** The URI at which the password must be changed before anything else is allowed; the BMC said so at the log-in. */
  get passwordChange(): string | undefined {
    return this.#door.passwordChange;
  }

  /** Oddities met so far. */
  get observed(): ReadonlySet<Observation> {
    return this.#door.observed;
  }

  /**
   * The service root. Where a firmware has none (Supermicro X10) or one without links (AMI until its next restart), it is put together from the
   * collections that DSP0266 names and that answer; the observation `no-root` tells.
   */
  root(options: SendOptions = {}): Promise<Resource> {
    this.#root ??= this.#door.root(options).catch((error: unknown) => {
      this.#root = undefined;
      throw error;
    });
    return this.#root;
  }

  /** Reads a resource. Throws ResponseError, MalformedError, HtmlError, TooLargeError, ConnectionLostError and what a new log-in throws. */
  async get(path: string, options: SendOptions = {}): Promise<Resource> {
    const heard = await this.#ask({ method: "GET", path, repeatable: true }, options);
    if (heard.page === undefined && isErrorInDisguise(heard.resource?.json))
      throw refusal({ ...heard, status: 500 }, `GET ${path}`, this.subject);
    return resourceOf(heard, this.subject);
  }

  /** The resource, or undefined where there is none (404, 405, 410, 501). */
  async find(path: string | undefined, options: SendOptions = {}): Promise<Resource | undefined> {
    if (path === undefined) return undefined;
    const heard = await this.#door.ask({ method: "GET", path, repeatable: true }, options);
    if ([404, 405, 410, 501].includes(heard.status)) return undefined;
    if (heard.status >= 300) throw refusal(heard, `GET ${path}`, this.subject);
    return isErrorInDisguise(heard.resource?.json) ? undefined : resourceOf(heard, this.subject);
  }

  /** Does something. With 202 the work has only begun: see {@link RedfishClient.settle}. */
  post(path: string, body?: JsonObject, options: PostOptions = {}): Promise<Answer> {
    return this.#ask({ method: "POST", path, body, repeatable: options.repeatable ?? false }, options);
  }

  /** Sets properties, with the If-Match that this BMC wants. Success is no proof: read back. */
  patch(path: string, body: JsonObject, options: ChangeOptions = {}): Promise<Answer> {
    return this.#change("PATCH", path, body, options);
  }

  put(path: string, body: JsonObject, options: ChangeOptions = {}): Promise<Answer> {
    return this.#change("PUT", path, body, options);
  }

  /** Deletes; what is not there any more counts as deleted. */
  async delete(path: string, options: SendOptions = {}): Promise<void> {
    const heard = await this.#door.ask({ method: "DELETE", path, repeatable: true }, options);
    if (heard.status >= 300 && ![404, 410].includes(heard.status)) throw refusal(heard, `DELETE ${path}`, this.subject);
  }

  /** The members of a collection, page by page, in its order. Members that answer 404 are left out. */
  collection(path: string, options: CollectionOptions = {}): AsyncGenerator<Resource, void> {
    return membersOf(this, path, { ...options, observe: (what) => this.#door.observe(what) });
  }

  /** Waits until what an answer began has ended; returns at once where nothing was left to do. Throws TaskError and TimeoutError `redfish.task-timeout`. */
  settle(answer: Answer, options: TaskOptions): Promise<TaskOutcome> {
    if (answer.status !== 202 && !isTask(answer)) {
      return Promise.resolve({ state: "completed", word: "", messages: answer.messages, resource: answer.resource });
    }
    const { subject } = this;
    const poll = (path: string, send: SendOptions) => this.#door.ask({ method: "GET", path, repeatable: true }, send);
    return settled({ subject, poll }, answer, this.#clock, options);
  }

  /** Any request to this BMC over the same connection, also outside Redfish. The status is the caller's to judge; redirects are not followed elsewhere. */
  raw(method: string, path: string, request: RawRequest = {}): Promise<Received> {
    return this.#door.raw(method, path, request);
  }

  /** After the password of this client's account was changed: what later log-ins take. Else the next one would be a wrong one. */
  adoptPassword(password: Secret): void {
    this.#door.adoptPassword(password);
  }

  /** Deletes the session (5 s at most; one that cannot be deleted is left to the BMC's time-out) and all connections. Never throws. */
  close(): Promise<void> {
    return this.#door.close(seconds(5));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask(
    request: { method: string; path: string; body?: JsonObject | undefined; repeatable: boolean },
    options: SendOptions,
  ): Promise<Heard> {
    const heard = await this.#door.ask(request, options);
    if (heard.status >= 200 && heard.status < 300) return heard;
    throw refusal(heard, `${request.method} ${request.path}`, this.subject);
  }

  #change(method: "PATCH" | "PUT", path: string, body: JsonObject, options: ChangeOptions): Promise<Answer> {
    return change(this.#door, this, { method, path, body }, options);
  }
}

/** After a password was set at a BMC: what was wrong there before may be tried again. */
export function forgetWrongPasswords(host: string, port = 443): void {
  forgetWrong(`${host}:${port}`);
}

/** The path of the one action target: `actionTarget(system, "#ComputerSystem.Reset")`; undefined when the resource does not offer it. */
export function actionTarget(resource: Resource, action: string): string | undefined {
  return link(resource, "Actions", action, "target") ?? link(resource, "Actions", "Oem", action, "target");
}
