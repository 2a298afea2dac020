import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";

/** What a test's server was asked. `connection` counts from 1: the same number is the same connection. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  connection: number;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: unknown;
}

/** Answers a request; `hold` leaves it without an answer; a function writes the answer itself. */
export type Handler = (seen: Seen) => Reply | "hold" | "cut" | ((response: ServerResponse, socket: Socket) => void);

export interface TestServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Of the certificate; empty for plain http. */
  readonly pin: string;
  handler: Handler;
  /** Another certificate for the connections to come. */
  renew(certificate: Certificate): void;
}

export interface Certificate {
  key: string;
  cert: string;
}

const tls10 = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
const made = new Map<string, Certificate>();

/** A self-signed certificate by openssl; the same for the same arguments. */
export function certificate(kind: "ec" | "rsa:1024" | "rsa:2048" = "ec", name = "bmc"): Certificate {
  const known = made.get(`${kind} ${name}`);
  if (known) return known;
  const dir = mkdtempSync(join(tmpdir(), "rackhand-cert-"));
  try {
    const algorithm = kind === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : ["-newkey", kind];
    const files = ["-keyout", join(dir, "key"), "-out", join(dir, "cert")];
    execFileSync("openssl", ["req", "-x509", "-nodes", "-days", "2", "-subj", `/CN=${name}`, ...algorithm, ...files], {
      stdio: "ignore",
    });
    const pair = { key: readFileSync(join(dir, "key"), "utf8"), cert: readFileSync(join(dir, "cert"), "utf8") };
    made.set(`${kind} ${name}`, pair);
    return pair;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function pinOf({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(":", "");
}

/** A server whose every answer the test writes. Without `tls` it speaks plain http. */
export async function serve(
  handler: Handler,
  tls?: Certificate & { maxVersion?: "TLSv1" | "TLSv1.2"; ciphers?: string },
): Promise<TestServer> {
  const seen: Seen[] = [];
  const connections = new Map<Socket, number>();
  let current = handler;
  const secure = tls && createHttps(tls.maxVersion === "TLSv1" ? { ...tls, ...tls10 } : tls);
  const server: Server = secure ?? createHttp();
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    connections.set(socket, connections.size + 1);
    socket.on("error", () => {});
  });
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const asked = { method, path, headers, body: Buffer.concat(chunks).toString() };
      const one = { ...asked, connection: connections.get(request.socket) ?? 0 };
      seen.push(one);
      answer(current(one), response, request.socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: "127.0.0.1",
    port,
    seen,
    pin: tls ? pinOf(tls) : "",
    get handler() {
      return current;
    },
    set handler(next) {
      current = next;
    },
    renew: (next) => secure?.setSecureContext(next),
    async [Symbol.asyncDispose]() {
      for (const socket of connections.keys()) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(reply: ReturnType<Handler>, response: ServerResponse, socket: Socket): void {
  if (reply === "hold") return;
  if (reply === "cut") return void socket.destroy();
  if (typeof reply === "function") return reply(response, socket);
  const { status = 200, headers = {}, body } = reply;
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "object" ? { "Content-Type": "application/json" } : {};
  response.writeHead(status, { "Content-Length": Buffer.byteLength(text), ...type, ...headers });
  response.end(text);
}
