import { ProtocolError, TooLargeError } from "../errors.ts";
import { ServerMessage } from "../numbers.ts";
import { rgba, type Pixels } from "../wire/pixels.ts";
import type { Wire } from "../wire/wire.ts";
import type { Painter } from "./painter.ts";

/** Nobody's clipboard is larger; it is thrown away in any case. */
const largestText = 16 * 1024 * 1024;

/** Reads one message (RFC 6143 §7.6); true when it was an update of the picture. */
export async function readMessage(wire: Wire, subject: string, painter: Painter, pixels: Pixels): Promise<boolean> {
  const type = (await wire.read(1)).readUInt8();
  switch (type) {
    case ServerMessage.update:
      await painter.update();
      return true;
    case ServerMessage.colourMap:
      await colourMap(wire, pixels);
      return false;
    case ServerMessage.bell:
      return false;
    case ServerMessage.cutText: {
      const length = (await wire.read(7)).readUInt32BE(3);
      if (length > largestText) throw new TooLargeError(subject, `a clipboard of ${length} bytes`);
      await wire.skip(length);
      return false;
    }
    default:
      throw new ProtocolError(subject, `message type ${type}`);
  }
}

/** RFC 6143 §7.6.2: 16 bits for each of red, green and blue. */
async function colourMap(wire: Wire, pixels: Pixels): Promise<void> {
  const head = await wire.read(5);
  const [first, count] = [head.readUInt16BE(1), head.readUInt16BE(3)];
  for (let at = 0; at < count; at++) {
    if (wire.lacks(6)) await wire.need(6);
    const entry = wire.take(6);
    pixels.setColour(first + at, rgba(entry.readUInt8(0), entry.readUInt8(2), entry.readUInt8(4)));
  }
}
