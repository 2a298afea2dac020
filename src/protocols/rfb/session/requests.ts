import type { Rectangle } from "../frame.ts";
import { ClientMessage, Encoding, Pseudo, type EncodingName } from "../numbers.ts";
import { encodePixelFormat, type PixelFormat } from "../pixel-format.ts";

/** RFC 6143 §7.5.1. */
export function setPixelFormat(format: PixelFormat): Buffer {
  return Buffer.concat([Buffer.of(ClientMessage.setPixelFormat, 0, 0, 0), encodePixelFormat(format)]);
}

export interface Abilities {
  encodings: readonly EncodingName[];
  hidePointer: boolean;
  scanCodes: boolean;
  lossy: number | undefined;
}

/** RFC 6143 §7.5.2. */
export function setEncodings({ encodings, hidePointer, scanCodes, lossy }: Abilities): Buffer {
  const { extendedDesktopSize, desktopSize, lastRectangle, desktopName, jpegQuality, cursor, qemuKeys, qemuLeds } =
    Pseudo;
  const list = [
    ...encodings.map((name) => Encoding[name]),
    extendedDesktopSize,
    desktopSize,
    lastRectangle,
    desktopName,
    ...(lossy === undefined ? [] : [jpegQuality + Math.min(9, Math.max(0, Math.round(lossy)))]),
    ...(hidePointer ? [cursor] : []),
    ...(scanCodes ? [qemuKeys, qemuLeds] : []),
  ];
  const out = Buffer.alloc(4 + 4 * list.length);
  out.writeUInt8(ClientMessage.setEncodings, 0);
  out.writeUInt16BE(list.length, 2);
  list.forEach((number, at) => out.writeInt32BE(number, 4 + 4 * at));
  return out;
}

/** RFC 6143 §7.5.3. */
export function updateRequest(incremental: boolean, { x, y, width, height }: Rectangle): Buffer {
  const out = Buffer.of(ClientMessage.updateRequest, Number(incremental), 0, 0, 0, 0, 0, 0, 0, 0);
  [x, y, width, height].forEach((value, at) => out.writeUInt16BE(value, 2 + 2 * at));
  return out;
}

/** RFC 6143 §7.5.4. */
export function keyEvent(keysym: number, down: boolean): Buffer {
  const out = Buffer.of(ClientMessage.key, Number(down), 0, 0, 0, 0, 0, 0);
  out.writeUInt32BE(keysym, 4);
  return out;
}

/** QEMU's extended key event: the symbol and the XT scan code, whose prefix E0 is the high bit. */
export function qemuKeyEvent(keysym: number, scanCode: number, down: boolean): Buffer {
  const out = Buffer.alloc(12);
  out.writeUInt8(ClientMessage.qemu, 0);
  out.writeUInt16BE(Number(down), 2);
  out.writeUInt32BE(keysym, 4);
  out.writeUInt32BE(scanCode, 8);
  return out;
}

/** RFC 6143 §7.5.5. */
export function pointerEvent(x: number, y: number, buttons: number): Buffer {
  const out = Buffer.of(ClientMessage.pointer, buttons, 0, 0, 0, 0);
  out.writeUInt16BE(x, 2);
  out.writeUInt16BE(y, 4);
  return out;
}
