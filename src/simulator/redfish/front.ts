import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { Server as TlsServer, type SecureVersion } from "node:tls";
import { gzipSync } from "node:zlib";
import { RackhandError } from "#base/errors.ts";
import type { Certificate } from "./certificate.ts";
import type { Reply } from "./refusal.ts";

/** One request whose body was read. */
export interface RawRequest {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Answers that this connection has carried before. */
  carried: number;
}

/** `undefined`: no answer, ever. */
export type Answer = (request: RawRequest) => Promise<Reply | undefined>;

export interface FrontOptions {
  scheme: "https" | "http";
  certificate: Certificate | undefined;
  maxVersion: SecureVersion | undefined;
  answer: Answer;
  connected: () => void;
}

const bodyLimit = 4 * 1024 * 1024;

function tlsOptions(certificate: Certificate, maxVersion: SecureVersion | undefined): ServerOptions {
  const old = maxVersion === "TLSv1" || maxVersion === "TLSv1.1" ? { minVersion: "TLSv1" as const } : {};
  return {
    key: certificate.key,
    cert: certificate.cert,
    // Short keys and old hashes are a choice of whoever started this.
    ciphers: "DEFAULT@SECLEVEL=0",
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...old,
  };
}

/** The listening side: sockets, TLS and the bytes of HTTP. */
export class Front {
  readonly #options: FrontOptions;
  #server: Server | undefined;
  #certificate: Certificate | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #carried = new WeakMap<object, number>();
  /** New connections are cut at once. */
  away = false;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#certificate = options.certificate;
  }

  get listening(): boolean {
    return this.#server !== undefined;
  }

  /** Gives the port. */
  async listen(address: string, port: number): Promise<number> {
    if (this.#server) throw new RackhandError("simulator.plugged", "this service is connected already");
    const server = this.#newServer();
    server.keepAliveTimeout = 60_000;
    server.on("connection", (socket: Socket) => this.#connected(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address, port, exclusive: true }, resolve);
    });
    this.#server = server;
    const bound = server.address();
    return typeof bound === "object" && bound ? bound.port : port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((done) => server.close(() => done()));
    this.cut();
    await closed;
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** For new connections; those that stand keep the old one. */
  set certificate(certificate: Certificate) {
    this.#certificate = certificate;
    if (this.#server instanceof TlsServer)
      this.#server.setSecureContext(tlsOptions(certificate, this.#options.maxVersion));
  }

  #newServer(): Server {
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    return this.#options.scheme === "https" && this.#certificate
      ? createHttps(tlsOptions(this.#certificate, this.#options.maxVersion), handle)
      : createHttp(handle);
  }

  /** Undefined when path or Host are none. */
  #urlOf({ url = "/", headers }: IncomingMessage): URL | undefined {
    const path = url.startsWith("/") ? url : `/${url}`;
    return URL.parse(`${this.#options.scheme}://${headers.host ?? "bmc"}${path}`) ?? undefined;
  }

  #connected(socket: Socket): void {
    socket.on("error", () => {}); // a client that went away
    if (this.away) return void socket.destroy();
    this.#options.connected();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await read(request);
      const carried = this.#carried.get(request.socket) ?? 0;
      this.#carried.set(request.socket, carried + 1);
      const url = this.#urlOf(request);
      if (!url) return write(response, { status: 400 }, request);
      const reply = await this.#options.answer({
        method: request.method ?? "GET",
        url,
        headers: request.headers,
        body,
        carried,
      });
      if (reply) write(response, reply, request);
    } catch {
      response.destroy(); // a client that went away in the middle, or a request that is no HTTP
    }
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw new RackhandError("simulator.redfish-body", "the request is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, reply: Reply, request: IncomingMessage): void {
  const { status, headers = {}, body, after } = reply;
  if (after) response.once("close", after);
  const content = typeof body === "string" || body instanceof Uint8Array ? body : body && JSON.stringify(body);
  const named: Record<string, string> = { "OData-Version": "4.0", "Cache-Control": "no-cache", ...headers };
  if (content !== undefined) named["Content-Type"] ??= "application/json;charset=utf-8";
  const zipped = content !== undefined && named["Content-Encoding"] === "gzip";
  const bytes = zipped ? gzipSync(content) : Buffer.from(content ?? "");
  if (status !== 204) named["Content-Length"] = String(bytes.length);
  response.writeHead(status, named);
  response.end(request.method === "HEAD" || status === 204 ? undefined : bytes);
}
