import { constants } from "node:crypto";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { PinError, TlsError } from "../errors.ts";

/** Whom to believe. */
export interface TlsPeer {
  subject: string;
  host: string;
  /** Without certificates: nobody in between can listen unnoticed by chance, but somebody who wants to can. */
  anonymous: boolean;
  legacy: boolean;
  pin: string | undefined;
  onPin: (pin: string) => void;
}

/** Agrees on TLS over `plain`; the certificate is compared before anything else is sent. */
export async function secure(plain: Duplex, peer: TlsPeer): Promise<TLSSocket> {
  const tls = await import("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = tls.connect({ socket: plain, ...choices(peer, tls.DEFAULT_CIPHERS) });
  const broken = (error?: NodeJS.ErrnoException) => reject(untold(peer, error));
  const ended = () => broken();
  socket.once("secureConnect", resolve).once("error", broken).once("close", ended);
  plain.once("close", ended);
  try {
    await promise;
    if (!peer.anonymous) vouched(peer, socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket
      .off("error", broken)
      .off("close", ended)
      .on("error", () => {});
    plain.off("close", ended);
  }
}

/** The chain is not asked (such servers sign for themselves): {@link vouched} compares the certificate itself, which says more. */
function choices(peer: TlsPeer, ciphers: string): ConnectionOptions {
  // TLS 1.3 knows nothing without certificates, and OpenSSL holds such suites for insecure by level.
  if (peer.anonymous) {
    const oldest = peer.legacy ? "TLSv1" : "TLSv1.2";
    return { rejectUnauthorized: false, ciphers: "aNULL:@SECLEVEL=0", minVersion: oldest, maxVersion: "TLSv1.2" };
  }
  return {
    rejectUnauthorized: false,
    ...(isIP(peer.host) || peer.host === "" ? {} : { servername: peer.host }),
    ...(peer.legacy
      ? {
          minVersion: "TLSv1",
          ciphers: `${ciphers}:DEFAULT:@SECLEVEL=0`,
          secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
        }
      : {}),
  };
}

/** Hex digits in upper case, without colons. */
function plainHex(pin: string): string {
  return pin.replaceAll(":", "").toUpperCase();
}

/** Throws PinError for a stranger. */
function vouched(peer: TlsPeer, socket: TLSSocket): void {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    throw new TlsError(peer.subject, "it showed no certificate", "check what answers at this address and port");
  const seen = plainHex(certificate.fingerprint256);
  if (peer.pin === undefined) peer.onPin(seen);
  else if (seen !== plainHex(peer.pin)) throw new PinError(peer.subject, plainHex(peer.pin), seen);
}

const tooOld = /UNSUPPORTED_PROTOCOL|TOO_SMALL|LEGACY|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|VERSION|CA_MD_TOO_WEAK|DH_KEY/;

/** What a failed handshake means; `undefined`: the other side just hung up. */
function untold(peer: TlsPeer, error: NodeJS.ErrnoException | undefined): TlsError {
  const code = error?.code ?? "";
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/.test(code))
    return new TlsError(
      peer.subject,
      "it does not speak TLS where TLS was agreed on",
      "check the port and the TLS mode",
      error,
    );
  if (tooOld.test(code) && !peer.legacy)
    return new TlsError(
      peer.subject,
      `no common TLS (${code})`,
      "old firmware has only TLS 1.0 or weak keys: update it, or allow them for this console",
      error,
    );
  const why = error === undefined ? "it hung up" : code || error.message;
  return new TlsError(peer.subject, `no TLS connection (${why})`, "the server may be restarting; try again", error);
}
