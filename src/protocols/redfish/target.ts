import type { Clock } from "#base/clock.ts";
import type { Secret } from "#base/secret.ts";
import type { Ms } from "#base/units.ts";
import type { Resource } from "./resource.ts";

/** How a request says whose version of a resource it changes. `auto` finds out (see `writing/if-match.ts`). */
export type EtagHabit = "auto" | "send" | "omit" | "any" | "none-match";

/** What an earlier connection with this BMC found out; it saves requests, and being wrong about it costs only requests. */
export interface Known {
  /** Where sessions are made. Without it the service root is read first. */
  sessions?: string | undefined;
  authentication?: "session" | "basic" | undefined;
}

/** Where a BMC is and how to get in. */
export interface RedfishTarget {
  /** Name or address. */
  host: string;
  /** Default 443, with `http` 80. */
  port?: number | undefined;
  /** `http` only where somebody wrote it down: the password can be read on the wire. */
  scheme?: "https" | "http" | undefined;
  /** Called so in messages; default `host:port`. */
  name?: string | undefined;
  username: string;
  password: Secret;
  /** `auto` (default): a session, or basic authentication where none can be had. */
  authentication?: "session" | "basic" | "auto" | undefined;
  tls?: TlsChoice | undefined;
  /** `close`: a new connection for each request, for controllers that hang on kept ones. Default `keep`. */
  connection?: "keep" | "close" | undefined;
  /** Requests at a time. Default 1; controllers stand two at most. */
  parallel?: 1 | 2 | undefined;
  etag?: EtagHabit | undefined;
  /** Take answers that break HTTP's grammar (old web servers in BMCs). */
  looseHttp?: boolean | undefined;
  known?: Known | undefined;
}

export interface TlsChoice {
  /** SHA-256 of the certificate (hex digits, colons allowed), or `accept-first` (default): take the one shown now and report it through `onPin`. */
  pin?: string | undefined;
  /** Also TLS 1.0 and 1.1, RSA keys under 2048 bits and legacy renegotiation. */
  legacy?: boolean | undefined;
}

/** How long things may take. Each is a limit of its own. */
export interface Limits {
  /** TCP connection (default 1.8 s: silence is shown within 2 s). */
  connect: Ms;
  /** TLS handshake (default 10 s: an old BMC computes for seconds). */
  handshake: Ms;
  /** A whole answer (default 60 s). */
  answer: Ms;
  /** Waiting while the BMC says that it is busy (default 30 s). */
  busy: Ms;
  /** Waiting while the host's POST or a change under way forbids a change (default 75 s). */
  window: Ms;
}

export interface RedfishOptions {
  /** Ends the opening. Later calls have signals of their own. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
  limits?: Partial<Limits> | undefined;
  /** Bytes of one answer at most; default 8 MiB. */
  largest?: number | undefined;
  /** Asked with the service root before any password is sent; may throw, which ends the opening. */
  accept?: ((root: Resource) => void) | undefined;
  /** The certificate that was accepted because none was pinned: SHA-256, hex. */
  onPin?: ((pin: string) => void) | undefined;
  /** A session was made: from now on a crash would leave it open. Also called for each log-in after the first. */
  onSession?: ((path: string) => void) | undefined;
  /** That session was deleted, or is gone. */
  onSessionEnd?: ((path: string) => void) | undefined;
}

/** Oddities that a connection met; worth keeping in the record. */
export type Observation =
  | "no-root"
  | "no-sessions"
  | "sessions-full"
  | "identity-encoding-refused"
  | "kept-connection-hangs"
  | "weak-etags"
  | "etag-required"
  | "etag-rejected"
  | "etag-in-none-match"
  | "expand-broken";

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /** Instead of the client's own limits. 0 for `busy` and `window`: do not wait. */
  limits?: Partial<Limits> | undefined;
}
