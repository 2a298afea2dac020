import type { ClientRequestArgs } from "node:http";
import { connect as connectTls } from "node:tls";
import type { WebSocket } from "ws";
import { systemClock, type Clock } from "#base/clock.ts";
import { RackhandError, RefusedError, UnreachableError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";
import { formatDuration, seconds, type Ms } from "#base/units.ts";

export interface WebSocketOptions {
  /** `ws://` or `wss://`. */
  url: string;
  /** Basic authentication; over `ws://` it is readable on the way. */
  login?: { username: string; password: Secret };
  /** SHA-256 of the certificate that must answer (hex, colons allowed); else the usual authorities decide. */
  certificate?: string;
  /** A message came, text or binary. */
  data: (bytes: Uint8Array) => void;
  /** It is over, and why; not after {@link WebSocketStream.close}. */
  end: (why: string) => void;
  /** Until it is open. Default 15 s. */
  timeout?: Ms;
  signal?: AbortSignal;
  clock?: Clock;
}

export interface WebSocketStream {
  /** Sends a binary message; resolves when it has left. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A message of more than this is not a console's. */
const largestMessage = 1 << 20;
const pingEvery = seconds(20);
const normalClosure = 1000;

/**
 * Opens a WebSocket (RFC 6455). Throws RefusedError `websocket.certificate` when another certificate answers than the pinned one, RackhandError
 * `websocket.auth` on 401 and 403, UnreachableError `websocket.refused` for everything else, and the signal's reason.
 */
export async function openWebSocket(options: WebSocketOptions): Promise<WebSocketStream> {
  const { url, timeout = seconds(15), signal, clock = systemClock } = options;
  signal?.throwIfAborted();
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: largestMessage,
    handshakeTimeout: timeout,
    ...(options.login ? { headers: { Authorization: basic(options.login) } } : {}),
    ...(options.certificate === undefined ? {} : pinned(options.certificate)),
  });
  const stream = new Stream(socket, options, clock);
  await stream.opened(timeout);
  return stream;
}

/** One WebSocket, from its opening to its end. */
class Stream implements WebSocketStream {
  readonly #socket: WebSocket;
  readonly #options: WebSocketOptions;
  readonly #clock: Clock;
  readonly #opened = Promise.withResolvers<void>();
  readonly #over = new AbortController();

  constructor(socket: WebSocket, options: WebSocketOptions, clock: Clock) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    const { url, data } = options;
    socket.binaryType = "nodebuffer";
    socket.on("open", () => this.#opened.resolve());
    socket.on("unexpected-response", (_request, { statusCode = 0 }) => this.#opened.reject(answered(url, statusCode)));
    socket.on("error", (error) =>
      this.#opened.reject(error instanceof RackhandError ? error : refused(url, error.message, error)),
    );
    socket.on("message", (message) => data(bytesOf(message)));
    socket.on("close", (code, reason) => {
      this.#opened.reject(refused(url, "it hung up"));
      this.#finish(
        `the other side closed it (${code}${reason.length > 0 ? ` ${reason.toString().slice(0, 100)}` : ""})`,
      );
    });
  }

  /** Resolves once it is open. */
  async opened(within: Ms): Promise<void> {
    const { url, signal } = this.#options;
    const done = new AbortController();
    const aborted = () => this.#opened.reject(signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true });
    const late = () => this.#opened.reject(refused(url, `no answer in ${formatDuration(within)}`));
    this.#clock.sleep(within, done.signal).then(late, () => undefined);
    try {
      await this.#opened.promise;
      void this.#keepAlive();
    } catch (error) {
      this.#over.abort();
      this.#socket.terminate();
      throw error;
    } finally {
      done.abort();
      signal?.removeEventListener("abort", aborted);
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    const lost = (why: string) =>
      new RackhandError("websocket.lost", `not sent: ${why}`, { subject: this.#options.url });
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, { binary: true }, (error) => (error ? reject(lost(error.message)) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#socket.close(normalClosure);
    this.#socket.terminate();
  }

  /** Two pings without an answer are one too many. */
  async #keepAlive(): Promise<void> {
    let unanswered = 0;
    this.#socket.on("pong", () => (unanswered = 0));
    try {
      for (;;) {
        await this.#clock.sleep(pingEvery, this.#over.signal);
        if (unanswered >= 2) return this.#finish("it answers no more");
        unanswered += 1;
        this.#socket.ping();
      }
    } catch {
      // It is closed, or closing.
    }
  }

  #finish(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#socket.terminate();
    this.#options.end(why);
  }
}

function bytesOf(message: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message;
}

const basic = ({ username, password }: { username: string; password: Secret }) =>
  `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;

const digits = (pin: string) => pin.replaceAll(/[^0-9a-fA-F]/g, "").toUpperCase();

/** The certificate itself decides: nobody's signature, no name, no date. Checked before anything is sent. */
function pinned(certificate: string): Pick<ClientRequestArgs, "createConnection"> {
  return {
    createConnection: ({ host, port }, connected) => {
      const tls = connectTls({ host: host ?? undefined, port: Number(port), rejectUnauthorized: false });
      tls.once("error", (error: Error) => connected(error, tls));
      tls.once("secureConnect", () => {
        const seen = digits(tls.getPeerCertificate().fingerprint256 ?? "");
        if (seen === digits(certificate)) return connected(null, tls);
        tls.destroy();
        return connected(otherCertificate(seen), tls);
      });
      return undefined;
    },
  };
}

function otherCertificate(seen: string): RefusedError {
  return new RefusedError("websocket.certificate", `another certificate answers than the pinned one: ${seen}`, {
    advice: "another machine, a new certificate, or somebody in between; if it is right, pin this one",
    details: { seen },
  });
}

function answered(url: string, status: number): RackhandError {
  if (status !== 401 && status !== 403) return refused(url, `it answers ${status}`);
  return new RackhandError("websocket.auth", `does not let us in (${status})`, {
    subject: url,
    advice: "check user, password and the right to use the console",
  });
}

function refused(url: string, why: string, cause?: unknown): UnreachableError {
  return new UnreachableError("websocket.refused", `no WebSocket: ${why}`, {
    subject: url,
    cause,
    advice: "is the address right, and is the console switched on there?",
  });
}
