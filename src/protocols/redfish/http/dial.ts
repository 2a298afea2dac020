import { constants } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { Clock } from "#base/clock.ts";
import { NameError, NoRouteError, PinError, PortUnreachableError, SilentError, TlsError } from "../errors.ts";
import type { Limits } from "../target.ts";
import { limited } from "./time-limit.ts";

/** Where to, and whom to believe. */
export interface Peer {
  subject: string;
  host: string;
  port: number;
  secure: boolean;
  legacy: boolean;
  /** Upper-case hex digits without colons; undefined: not known yet. */
  pin: string | undefined;
  onPin(pin: string): void;
  /** Of an earlier handshake with the pinned certificate: spares a slow BMC its RSA operation. */
  ticket: Buffer | undefined;
}

export interface DialOptions {
  clock: Clock;
  limits: Limits;
  signal?: AbortSignal | undefined;
}

/** Connects; over TLS the certificate is compared before anything else is sent. The errors of this part that are called unreachable, `redfish.tls` and `redfish.tls-pin`. */
export async function dial(peer: Peer, options: DialOptions): Promise<Socket> {
  const { clock, limits, signal } = options;
  const late = () => new SilentError(peer.subject, "while connecting", limits.connect);
  const plain = await limited((over) => reach(peer, limits, over), { clock, limit: limits.connect, late, signal });
  if (!peer.secure) return plain;
  try {
    const slow = () => new SilentError(peer.subject, "while agreeing on TLS", limits.handshake);
    return await limited((over) => secure(peer, plain, over), { clock, limit: limits.handshake, late: slow, signal });
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

function reach(peer: Peer, limits: Limits, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: peer.host, port: peer.port, noDelay: true });
    const abort = () => socket.destroy(signal.reason as Error);
    const settled = () => {
      signal.removeEventListener("abort", abort);
      socket.removeAllListeners("error");
      socket.on("error", () => {});
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => {
      settled();
      resolve(socket);
    });
    socket.once("error", (error) => {
      settled();
      reject(unreached(peer, limits, error));
    });
  });
}

const noSuchName = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_FAIL"]);
const refusals = new Set(["ECONNREFUSED", "ECONNRESET"]);

/** A name with several addresses fails with all their errors together: the one that says most is taken. */
function unreached(peer: Peer, limits: Limits, error: NodeJS.ErrnoException): Error {
  const all: readonly NodeJS.ErrnoException[] = error instanceof AggregateError ? error.errors : [error];
  const refused = all.find(({ code }) => refusals.has(code ?? ""));
  if (refused) return new PortUnreachableError(peer.subject, refused);
  if (all.some(({ code }) => noSuchName.has(code ?? ""))) return new NameError(peer.subject, peer.host, error);
  // The last router or this host's own ARP found nobody there.
  if (all.some(({ code }) => code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "EHOSTDOWN"))
    return new SilentError(peer.subject, "while connecting", limits.connect);
  return new NoRouteError(peer.subject, all[0]?.code ?? error.message, error);
}

async function secure(peer: Peer, plain: Socket, signal: AbortSignal): Promise<Socket> {
  const tls = await import("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = tls.connect({ socket: plain, ...choices(peer, tls.DEFAULT_CIPHERS) });
  const abort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  const broken = (error?: NodeJS.ErrnoException) => reject(untold(peer, error));
  const ended = () => broken();
  socket.on("session", (ticket) => (peer.ticket = ticket));
  socket.once("secureConnect", () => resolve(socket)).once("error", broken);
  socket.once("close", ended);
  try {
    await promise;
    vouched(peer, socket);
    return socket;
  } catch (error) {
    peer.ticket = undefined;
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.off("error", broken).off("close", ended);
    socket.on("error", () => {});
  }
}

/** The chain is not asked (nearly every BMC signs for itself): {@link vouched} compares the certificate itself, which says more. */
function choices(peer: Peer, ciphers: string): ConnectionOptions {
  return {
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(peer.host) ? {} : { servername: peer.host }),
    ...(peer.ticket === undefined ? {} : { session: peer.ticket }),
    ...(peer.legacy
      ? {
          minVersion: "TLSv1",
          ciphers: `${ciphers}:DEFAULT:@SECLEVEL=0`,
          secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
        }
      : {}),
  };
}

/** Throws PinError for a stranger. A resumed handshake proves the keys of the one whose certificate was compared. */
function vouched(peer: Peer, socket: TLSSocket): void {
  if (socket.isSessionReused() && peer.pin !== undefined) return;
  const seen = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "");
  if (seen === undefined)
    throw new TlsError(peer.subject, "it showed no certificate", "check what answers at this address and port");
  if (peer.pin === undefined) {
    peer.pin = seen;
    peer.onPin(seen);
  } else if (seen !== peer.pin) throw new PinError(peer.subject, peer.pin, seen);
}

const tooOld =
  /UNSUPPORTED_PROTOCOL|KEY_TOO_SMALL|TOO_SMALL|LEGACY|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|VERSION|CA_MD_TOO_WEAK|DH_KEY/;

/** What a failed handshake means; `undefined`: the other side just hung up. */
function untold(peer: Peer, error: NodeJS.ErrnoException | undefined): TlsError {
  const code = error?.code ?? "";
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/.test(code))
    return new TlsError(
      peer.subject,
      "it does not speak TLS on this port",
      "check the port; plain http must be written into the record",
      error,
    );
  if (tooOld.test(code) && !peer.legacy)
    return new TlsError(
      peer.subject,
      `no common TLS (${code})`,
      "old firmware has only TLS 1.0 or weak keys: update it, or allow them for this machine with the quirk 'old-tls'",
      error,
    );
  const why = error === undefined ? "it hung up" : code || error.message;
  return new TlsError(peer.subject, `no TLS connection (${why})`, "the controller may be restarting; try again", error);
}
