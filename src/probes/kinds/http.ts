import { request, type IncomingMessage } from "node:http";
import { request as requestOverTls } from "node:https";
import { isIP, type Socket } from "node:net";
import { connect as startTls, getCACertificates, type TLSSocket } from "node:tls";
import { dial, DialError } from "#protocols/ssh/dial.ts";
import type { Answer, LookContext } from "../look.ts";
import type { Probe } from "../probe.ts";

type HttpProbe = Extract<Probe, { kind: "http" }>;

/** More of a page than this is not searched. */
const mostBytes = 1 << 20;

/** Ready when the status is one of `status` (default 200..399; redirects are not followed) and the body contains `match`, if that is asked for. */
export async function lookByHttp(probe: HttpProbe, context: LookContext): Promise<Answer> {
  const url = new URL(probe.url);
  const shown = `${url.origin}${url.pathname}`;
  try {
    const response = await get(url, probe, context);
    const code = response.statusCode ?? 0;
    const wanted = probe.status ? probe.status.includes(code) : code >= 200 && code < 400;
    if (!wanted || probe.match === undefined) {
      response.destroy();
      return { outcome: wanted ? "ready" : "not-ready", detail: `${shown} answers ${code}` };
    }
    const found = (await bodyOf(response)).includes(probe.match);
    return {
      outcome: found ? "ready" : "not-ready",
      detail: `${shown} answers ${code} ${found ? "with" : "without"} '${probe.match}'`,
    };
  } catch (error) {
    if (context.signal.aborted) return { outcome: "not-ready", detail: `${shown} gives no answer in time` };
    return whatWentWrong(error, shown);
  }
}

/** The connection is dialled first, so that a fault of this host's own is told from one of the other side. */
async function get(url: URL, { insecure = false }: HttpProbe, context: LookContext): Promise<IncomingMessage> {
  const tls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = await dial(host, Number(url.port || (tls ? 443 : 80)), context);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = (tls ? requestOverTls : request)(url, {
    headers: { "user-agent": "rackhand", connection: "close" },
    signal: context.signal,
    createConnection: () => (tls ? overTls(socket, host, insecure) : socket),
  });
  asked.once("response", resolve);
  asked.once("error", reject);
  asked.once("close", () => socket.destroy());
  asked.end();
  return promise;
}

/** Trusts what Node brings along and what this host's administrator trusts. */
function overTls(socket: Socket, host: string, insecure: boolean): TLSSocket {
  const ca = [...getCACertificates("default"), ...getCACertificates("system")];
  return startTls({ socket, host, servername: isIP(host) ? "" : host, rejectUnauthorized: !insecure, ca });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes: unknown = chunk;
    if (!Buffer.isBuffer(bytes)) continue;
    chunks.push(bytes);
    size += bytes.length;
    if (size > mostBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function whatWentWrong(error: unknown, shown: string): Answer {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // A reset does not mend a certificate; the machine did answer.
  if (certificate.test(code)) {
    return {
      outcome: "not-made",
      detail: `${shown} answers with a certificate that is not trusted (${code}); 'insecure: true' ignores that`,
    };
  }
  // Connected, then reset, or no HTTP at all: the service does not do its job. What has no code never came to be sent.
  if (code === "" || error instanceof DialError) throw error;
  return { outcome: "not-ready", detail: `${shown} gives no proper answer (${code})` };
}
