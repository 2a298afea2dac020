import { Agent, request, type IncomingMessage, type IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { RackhandError } from "#base/errors.ts";
import { GarbageError, SilentError, TooLargeError } from "../errors.ts";

/** What goes on the wire. */
export interface Sent {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
}

/** What came back, not looked into yet. */
export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The connection broke before the whole answer was here. Inside this folder only: what it means depends on what was asked. */
export class Broken extends RackhandError {
  /** Whether any of the request can have reached the BMC. */
  readonly sent: boolean;

  constructor(sent: boolean, cause?: unknown) {
    super("redfish.broken", "the connection broke", { cause });
    this.sent = sent;
  }
}

/** The request went out, and no whole answer came in time. */
export class Unanswered extends SilentError {}

/** Keeps connections; the only ones it uses are those handed over by {@link KeptConnections.add}. */
export class KeptConnections extends Agent {
  readonly #fresh: Socket[] = [];

  constructor(keepFor: number) {
    super({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 2, timeout: keepFor });
  }

  /** A connection that the next request takes. */
  add(socket: Socket): void {
    this.#fresh.push(socket);
  }

  /** Whether the next request needs no new connection. */
  get ready(): boolean {
    return Object.values(this.freeSockets).some((sockets) => sockets?.some((socket) => socket.writable));
  }

  dropIdle(): void {
    for (const socket of Object.values(this.freeSockets).flat()) socket?.destroy();
  }

  override createConnection(
    _options: object,
    done?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | undefined {
    const socket = this.#fresh.pop();
    // A kept connection died between `ready` and now: `done` is typed without the case that there is only an error.
    if (socket === undefined) (done as ((error: Error) => void) | undefined)?.(new Broken(false));
    return socket;
  }
}

export interface ExchangeOptions {
  subject: string;
  agent: KeptConnections;
  /** Bytes of the answer. */
  largest: number;
  loose: boolean;
  signal: AbortSignal;
}

/** One request and its whole answer. Throws Broken, GarbageError, TooLargeError, and an abort's reason. */
export async function exchange(sent: Sent, options: ExchangeOptions): Promise<Received> {
  const { subject, agent, signal, loose } = options;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    agent,
    method: sent.method,
    path: sent.path,
    headers: sent.headers,
    insecureHTTPParser: loose,
    maxHeaderSize: 32 * 1024,
    signal,
  });
  outgoing.once("response", resolve);
  outgoing.on("error", (error) => reject(broken(subject, error)));
  outgoing.end(sent.body);
  const answer = await promise;
  const body = await whole(answer, options).catch((error: unknown) => {
    outgoing.destroy();
    throw error;
  });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

function broken(subject: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof Broken) return error;
  if (error.code?.startsWith("HPE_")) return new GarbageError(subject, `no HTTP: ${error.code}`, error);
  return new Broken(true, error);
}

async function whole(answer: IncomingMessage, { subject, largest }: ExchangeOptions): Promise<Buffer> {
  const tooLarge = () => new TooLargeError(subject, `an answer of more than ${largest} bytes`);
  if (Number(answer.headers["content-length"] ?? 0) > largest) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > largest) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof TooLargeError ? error : new Broken(true, error);
  }
  return Buffer.concat(chunks, length);
}
