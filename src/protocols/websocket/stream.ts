import type { ClientRequestArgs } from "node:http";
import { connect as connectTls } from "node:tls";
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
  const { url, data, end, timeout = seconds(15), signal, clock = systemClock } = options;
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
  socket.binaryType = "nodebuffer";
  const over = new AbortController();
  let ended = false;
  const finish = (why: string) => {
    if (ended) return;
    ended = true;
    over.abort();
    end(why);
  };
  const opened = Promise.withResolvers<void>();
  const abort = () => {
    opened.reject(signal?.reason as Error);
    socket.terminate();
  };
  signal?.addEventListener("abort", abort, { once: true });
  const late = clock.sleep(timeout, over.signal).then(
    () => opened.reject(refused(url, `no answer in ${formatDuration(timeout)}`)),
    () => undefined,
  );
  socket.on("open", () => opened.resolve());
  socket.on("unexpected-response", (_request, { statusCode = 0 }) => opened.reject(answered(url, statusCode)));
  socket.on("error", (error) =>
    opened.reject(error instanceof RackhandError ? error : refused(url, error.message, error)),
  );
  socket.on("message", (message) => data(bytesOf(message)));
  socket.on("close", (code, reason) => {
    opened.reject(refused(url, "it hung up"));
    finish(`the other side closed it (${code}${reason.length > 0 ? ` ${reason.toString().slice(0, 100)}` : ""})`);
  });
  try {
    await opened.promise;
  } catch (error) {
    ended = true;
    socket.terminate();
    throw error;
  } finally {
    over.abort();
    await late;
    signal?.removeEventListener("abort", abort);
  }
  const stream = { over: new AbortController() };
  void keepAlive(socket, clock, stream.over.signal, () => {
    socket.terminate();
    finish("it answers no more");
  });
  socket.on("close", () => stream.over.abort());
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.send(bytes, { binary: true }, (error) =>
          error
            ? reject(new RackhandError("websocket.lost", `not sent: ${error.message}`, { subject: url }))
            : resolve(),
        );
      }),
    close: async () => {
      ended = true;
      stream.over.abort();
      socket.close(normalClosure);
      socket.terminate();
    },
  };
}

interface Pinging {
  ping(): void;
  once(event: "pong", heard: () => void): unknown;
  readonly readyState: number;
}

/** Two pings without an answer are one too many. */
async function keepAlive(socket: Pinging, clock: Clock, signal: AbortSignal, dead: () => void): Promise<void> {
  let unanswered = 0;
  try {
    for (;;) {
      await clock.sleep(pingEvery, signal);
      if (unanswered >= 2) return dead();
      unanswered += 1;
      socket.once("pong", () => (unanswered = 0));
      if (socket.readyState === 1) socket.ping();
    }
  } catch {
    // It is closed.
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
      tls.once("error", (error) => connected(error, tls));
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
