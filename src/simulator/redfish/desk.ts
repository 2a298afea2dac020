import type { Clock } from "#base/clock.ts";
import type { Failure, RedfishFaults } from "../redfish-faults.ts";
import { parseBody, type Core } from "./core.ts";
import { hidePasswords, type RedfishCounts } from "./counts.ts";
import type { RawRequest } from "./front.ts";
import { garbageReply } from "./garbage.ts";
import { keyOf } from "./json.ts";
import { errorReply, Refusal, type Reply } from "./refusal.ts";
import type { Request } from "./service.ts";

const logged = 1000;
/** A kept connection that hangs does so after this many answers. */
const hangsAfter = 3;

/** Where requests come in: counts them, does to them what the network side of a bad service does, and hands the rest on. */
export class Desk {
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #faults: RedfishFaults;
  readonly #counts: RedfishCounts;
  readonly #stopped: AbortSignal;
  /** How often each failure was used. */
  readonly #used = new WeakMap<Failure, number>();

  constructor(core: Core, clock: Clock, faults: RedfishFaults, counts: RedfishCounts, stopped: AbortSignal) {
    this.#core = core;
    this.#clock = clock;
    this.#faults = faults;
    this.#counts = counts;
    this.#stopped = stopped;
  }

  async answer(raw: RawRequest): Promise<Reply | undefined> {
    const { http } = this.#faults;
    this.#counts.requests++;
    this.#faults.beforeRequest?.(raw.method, raw.url.pathname);
    if (http.delay > 0 && (http.delayFor?.test(raw.url.pathname) ?? true))
      await this.#clock.sleep(http.delay, this.#stopped);
    if (http.silent || (http.connections === "hang" && raw.carried >= hangsAfter)) return undefined;
    const { reply: honest, request } = this.#decide(raw);
    const reply = this.#spoilt(honest, request);
    this.#note(raw, reply, request);
    return this.#dressed(raw, reply);
  }

  #decide(raw: RawRequest): { reply: Reply; request: Request | undefined } {
    let request: Request | undefined;
    try {
      const early = this.#early(raw);
      if (early) return { reply: early, request };
      request = understood(raw);
      return { reply: this.#core.answer(request), request };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { reply: errorReply(error.told, this.#faults.http.errorForm), request };
    }
  }

  /** Garbage in the place of what was found, or of what was not: links that never end must lead on. */
  #spoilt(reply: Reply, request: Request | undefined): Reply {
    const { garbage, garbageFor } = this.#faults.http;
    if (garbage === "none" || request?.method !== "GET") return reply;
    const hit = (reply.status === 200 || reply.status === 404) && (garbageFor?.test(request.path) ?? true);
    return hit ? garbageReply(garbage, request.path, this.#core.truth(request), this.#faults.http) : reply;
  }

  /** Answers that come before anything is looked at. */
  #early({ method, url, headers, body }: RawRequest): Reply | undefined {
    const { http } = this.#faults;
    if (http.identityRefused && headers["accept-encoding"] === "identity") return { status: 406 };
    const root = url.pathname.replace(/\/+$/, "") === "/redfish/v1";
    const slashed = url.pathname.endsWith("/");
    if (root && http.rootRedirect === "to-slash" && !slashed)
      return { status: 308, headers: { Location: "/redfish/v1/" } };
    if (root && http.rootRedirect === "from-slash" && slashed)
      return { status: 308, headers: { Location: "/redfish/v1" } };
    this.#fail(method, url.pathname);
    const cookie = headers.cookie ?? "";
    const csrf = headers["csrf_token"] ?? headers["csrf-token"];
    return this.#core.web.answer({
      method,
      path: url.pathname,
      query: url.searchParams,
      cookie,
      csrf: typeof csrf === "string" ? csrf : undefined,
      form: new URLSearchParams(body.toString()),
    });
  }

  #fail(method: string, path: string): void {
    const failure = this.#faults.http.failures.find((one) => {
      const fits = (one.method ?? method) === method && (one.path?.test(path) ?? true);
      return fits && (this.#used.get(one) ?? 0) < (one.times ?? Number.POSITIVE_INFINITY);
    });
    if (!failure) return;
    this.#used.set(failure, (this.#used.get(failure) ?? 0) + 1);
    throw new Refusal({
      status: failure.status,
      messageId: failure.messageId ?? "Base.1.8.GeneralError",
      message: failure.message ?? "A general error has occurred.",
      args: failure.messageArgs ?? [],
      headers: failure.retryAfter === undefined ? {} : { "Retry-After": String(failure.retryAfter) },
    });
  }

  #note({ method, url, headers }: RawRequest, { status }: Reply, request: Request | undefined): void {
    const { log } = this.#counts;
    log.push({
      method,
      path: `${url.pathname}${url.search}`,
      status,
      user: request?.user?.name,
      ifMatch: headers["if-match"],
      body: request && Object.keys(request.body).length > 0 ? hidePasswords(request.body) : undefined,
    });
    if (log.length > logged) log.shift();
  }

  /** Headers that belong to the connection rather than to the resource. */
  #dressed({ headers }: RawRequest, reply: Reply): Reply {
    const { connections, compression } = this.#faults.http;
    const dressed: Record<string, string> = { ...reply.headers };
    if (connections === "closed") dressed["Connection"] = "close";
    const zips = compression === "when-asked" && /\bgzip\b/.test(headers["accept-encoding"] ?? "");
    if (zips && reply.body !== undefined) {
      dressed["Content-Encoding"] = "gzip";
      const tag = dressed["ETag"];
      if (tag !== undefined && !tag.startsWith("W/")) dressed["ETag"] = `W/${tag}`;
    }
    return { ...reply, headers: dressed };
  }
}

function understood({ method, url, headers, body }: RawRequest): Request {
  const path = url.pathname.replace(/\/+$/, "");
  return {
    method,
    path,
    key: keyOf(path),
    query: url.searchParams,
    headers,
    body: method === "GET" || method === "HEAD" ? {} : parseBody(body),
    origin: url.origin,
    user: undefined,
  };
}
