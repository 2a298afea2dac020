/** RFC 6143 §7.1.2 and the registry of the RFB community. */
export const Security = {
  none: 1,
  vnc: 2,
  /** Anonymous TLS, then the list of security types once more (Vino, x11vnc). */
  tls: 18,
  veNCrypt: 19,
} as const;

/** For messages: what a server may offer that is not spoken here. */
export const securityNames: Readonly<Record<number, string>> = {
  1: "None",
  2: "VNC authentication",
  5: "RA2",
  6: "RA2ne",
  16: "Tight",
  17: "Ultra",
  18: "TLS",
  19: "VeNCrypt",
  20: "SASL",
  30: "Apple",
  129: "RA256",
};

/** VeNCrypt 0.2: what a TLS connection carries as log-in. */
export const VeNCrypt = {
  plain: 256,
  tlsNone: 257,
  tlsVnc: 258,
  tlsPlain: 259,
  x509None: 260,
  x509Vnc: 261,
  x509Plain: 262,
} as const;

export const ClientMessage = {
  setPixelFormat: 0,
  setEncodings: 2,
  updateRequest: 3,
  key: 4,
  pointer: 5,
  /** QEMU's extensions; 0 of them is the extended key event. */
  qemu: 255,
} as const;

export const ServerMessage = { update: 0, colourMap: 1, bell: 2, cutText: 3 } as const;

/** RFC 6143 §7.7. */
export const Encoding = { raw: 0, copyRect: 1, rre: 2, hextile: 5, tight: 7, zrle: 16 } as const;
export type EncodingName = keyof typeof Encoding;

/** Rectangles that are no pictures (RFC 6143 §7.8 and the registry). */
export const Pseudo = {
  desktopSize: -223,
  lastRectangle: -224,
  /** Tight may lose something: this for quality 0, up to 9 more. */
  jpegQuality: -32,
  cursor: -239,
  qemuKeys: -258,
  qemuLeds: -261,
  desktopName: -307,
  extendedDesktopSize: -308,
} as const;
