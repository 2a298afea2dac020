import { HtmlError, MalformedError } from "./errors.ts";
import type { Received } from "./http/exchange.ts";
import { isObject, parseJson, type Json, type JsonObject } from "./json.ts";
import { messagesOf, type Message } from "./messages.ts";
import { pathOf, Resource } from "./resource.ts";

/** What a BMC answered to a request that it did not refuse. */
export interface Answer {
  readonly status: number;
  /** Of the request. */
  readonly path: string;
  /** The Location header as a path on this BMC: a new resource, a task, a task monitor, an iDRAC job. */
  readonly location: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body; undefined when it was empty or no JSON object. */
  readonly resource: Resource | undefined;
  /** What it remarked. A change may be answered with 200 and a message that it was not made: read back. */
  readonly messages: readonly Message[];
}

/** The answer of any status, its body parsed where it is JSON. `page` is the title of a web page. */
export interface Heard extends Answer {
  readonly page: string | undefined;
  /** Beginning of a body that is neither JSON nor a page. */
  readonly other: string | undefined;
}

/** Reads what came. Throws MalformedError and TooLargeError only for answers that claim success: a refusal is one, whatever its body is. */
export function hear(received: Received, path: string, subject: string): Heard {
  const { status, headers } = received;
  const body = bodyOf(received, subject);
  const location = headers.location === undefined ? undefined : pathOf(headers.location, path);
  const json = isObject(body.json) ? body.json : undefined;
  return {
    status,
    path,
    location,
    headers,
    resource: json && new Resource(path, json, { etag: headers.etag, allow: headers.allow }),
    messages: messagesOf(json),
    page: body.page,
    other: body.other,
  };
}

interface Body {
  json?: Json | undefined;
  page?: string | undefined;
  other?: string | undefined;
}

function bodyOf({ status, headers, body }: Received, subject: string): Body {
  const start = body.subarray(0, 2000).toString("utf8").trimStart();
  if (start === "") return {};
  if (start.startsWith("<") || headers["content-type"]?.includes("text/html")) return { page: titleOf(start) };
  try {
    return { json: parseJson(body, subject) };
  } catch (error) {
    if (status >= 200 && status < 300) throw error;
    return { other: start.slice(0, 200).replaceAll(/[^\x20-\x7e]+/g, " ") };
  }
}

function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]{0,100})/i.exec(page)?.[1] ?? "";
  return title.replaceAll(/[^\x20-\x7e]+/g, " ").trim();
}

/** The resource that a GET must bring. Throws HtmlError and MalformedError. */
export function resourceOf(heard: Heard, subject: string): Resource {
  if (heard.page !== undefined) throw new HtmlError(subject, `at ${heard.path}`, heard.page);
  if (heard.resource !== undefined) return heard.resource;
  throw new MalformedError(subject, `no JSON object at ${heard.path}`);
}

/** A 200 with nothing but an error in it (AMI, behind busy back-ends). iLO says `Success` in the same form, but never to a GET. */
export function isErrorInDisguise(json: JsonObject | undefined): boolean {
  return json !== undefined && isObject(json["error"]) && json["@odata.id"] === undefined;
}
