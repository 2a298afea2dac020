import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** What came as JSON, to be looked at freely. */
export type Parsed = ReturnType<typeof JSON.parse>;

export interface RawReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Parsed where it is JSON, else the text. */
  body: Parsed;
  bytes: Buffer;
}

export interface RawOptions {
  headers?: Record<string, string>;
  body?: unknown;
  /** `name:password` for basic authentication; default the simulator's own account. `null`: none. */
  login?: string | null;
  /** ms; default 5,000. */
  timeout?: number;
}

/** One request as bytes on the wire, without any of our client: what tests of the simulated service ask it with. Certificates are not looked at. */
export function raw(url: string, method = "GET", options: RawOptions = {}): Promise<RawReply> {
  const { body, login = "admin:correct horse", timeout = 5000 } = options;
  const content = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const headers: Record<string, string> = { ...options.headers };
  if (login !== null && !("x-auth-token" in headers))
    headers["authorization"] ??= `Basic ${Buffer.from(login).toString("base64")}`;
  if (content !== undefined) headers["content-type"] ??= "application/json";
  const start = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = start(url, { method, headers, agent: false, rejectUnauthorized: false, timeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(bytes), bytes });
      });
    });
    request.once("timeout", () => request.destroy(new Error("no answer")));
    request.once("error", reject);
    request.end(content);
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString();
  }
}

/** The last dot part of an error body's first MessageId. */
export const messageKey = (reply: RawReply): string =>
  String(reply.body?.error?.["@Message.ExtendedInfo"]?.[0]?.MessageId ?? "").replace(/^.*\./, "");
