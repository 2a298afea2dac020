import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import type { Secret } from "#base/secret.ts";
import type { Ms } from "#base/units.ts";
import type { Frame } from "./frame.ts";
import type { EncodingName } from "./numbers.ts";
import type { PixelChoice } from "./pixel-format.ts";

/** Where a VNC server is and how to get in. */
export interface RfbTarget {
  /** Name or address. */
  host: string;
  /** Default 5900; display :N is 5900 + N. */
  port?: number | undefined;
  /** Called so in messages; default `host:port`. */
  name?: string | undefined;
  /** Only where the server asks for one (VeNCrypt "Plain"). */
  username?: string | undefined;
  password?: Secret | undefined;
  tls?: TlsChoice | undefined;
  /** Reaches the server in place of a TCP connection: a WebSocket, a tunnel. It is destroyed with the client. */
  dial?: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
}

export interface TlsChoice {
  /**
   * - `offered` (default): TLS where the server offers it within RFB (VeNCrypt), else none.
   * - `required`: TLS within RFB, or no log-in.
   * - `outer`: TLS from the first byte, RFB inside (iDRAC's "SSL encryption", stunnel).
   * - `never`: no TLS even where it is offered.
   */
  mode?: "offered" | "required" | "outer" | "never" | undefined;
  /** SHA-256 of the certificate (hex digits, colons allowed). Without it the one shown now is taken and reported through `onPin`. */
  pin?: string | undefined;
  /** Also TLS 1.0 and 1.1 and weak keys. */
  legacy?: boolean | undefined;
}

export interface RfbOptions {
  /** Ends the opening. Later calls have signals of their own. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
  /** TCP connection (default 1.8 s: silence is shown within 2 s). */
  connect?: Ms | undefined;
  /** All of the rest of the opening, log-in included (default 10 s). */
  within?: Ms | undefined;
  /** A message that was begun must have ended then (default 30 s: a picture of 4 MB over 1 Mbit/s). */
  patience?: Ms | undefined;
  /** The largest picture that is accepted, in pixels (default 4096 x 4096, 64 MiB). */
  largest?: number | undefined;
  /** Default true: other viewers stay connected. */
  shared?: boolean | undefined;
  /** In order of preference; Raw is always understood. Default: ZRLE, Tight, Hextile, RRE, CopyRect. */
  encodings?: readonly EncodingName[] | undefined;
  /** How pixels travel. Default `rgb888`. */
  pixels?: PixelChoice | undefined;
  /** `hidden` (default): the pointer is not part of the picture, where the server can leave it out. */
  pointer?: "hidden" | "drawn" | undefined;
  /** `scancode` (default): keys as positions too, where the server understands them, so that no layout comes between. `keysym`: symbols only. */
  keys?: "scancode" | "keysym" | undefined;
  /** Lets the server send Tight's pictures as JPEG of quality 0 (worst) to 9, for slow ways; needs `jpeg`. Default: nothing is lost. */
  lossy?: number | undefined;
  /** Decodes JPEG, which some servers (OpenBMC's) send within Tight even though nobody asked for it. Without it that is an error. */
  jpeg?: ((bytes: Uint8Array) => Promise<Frame>) | undefined;
  /** The certificate that was accepted because none was pinned: SHA-256, hex. */
  onPin?: ((pin: string) => void) | undefined;
}
