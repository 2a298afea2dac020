import { checkSize } from "../connect/initialise.ts";
import { readText } from "../connect/opening.ts";
import { Canvas } from "../encodings/canvas.ts";
import { decoders } from "../encodings/decoders.ts";
import type { Decoding } from "../encodings/decoding.ts";
import { inflaters } from "../encodings/inflater.ts";
import { FloodError, ProtocolError } from "../errors.ts";
import type { Frame, Rectangle } from "../frame.ts";
import { Pseudo } from "../numbers.ts";
import type { Pixels } from "../wire/pixels.ts";
import type { Wire } from "../wire/wire.ts";
import { Damage } from "./damage.ts";

export interface PainterOptions {
  wire: Wire;
  subject: string;
  width: number;
  height: number;
  largest: number;
  pixels: Pixels;
  jpeg: Decoding["jpeg"];
}

/** One update may paint the screen this often before it counts as endless, and have this many rectangles. */
const most = { screens: 64, rectangles: 262_144 } as const;

/** Keeps the picture up to date with what the server sends. */
export class Painter {
  readonly damage = new Damage();
  /** The picture got another size since somebody asked. */
  resized = false;
  /** Pixels painted since somebody set it to 0, or since the size changed. */
  painted = 0;
  /** The server says that it takes scan codes. */
  scanCodes = false;
  /** Lights of the keyboard: 1 scroll lock, 2 num lock, 4 caps lock. */
  leds: number | undefined;
  name: string | undefined;
  readonly #options: PainterOptions;
  readonly #wrong = (what: string, cause?: unknown) => new ProtocolError(this.#options.subject, what, cause);
  readonly #inflaters = inflaters(this.#wrong);
  #canvas: Canvas;

  constructor(options: PainterOptions) {
    this.#options = options;
    this.#canvas = new Canvas(options.width, options.height);
  }

  get frame(): Frame {
    return this.#canvas.frame;
  }

  /** RFC 6143 §7.6.1, from behind its type. */
  async update(): Promise<void> {
    const { wire, subject } = this.#options;
    await wire.need(3);
    wire.take(1);
    const count = wire.u16();
    let area = 0;
    for (let at = 0; at < count || count === 0xffff; at++) {
      if (wire.lacks(12)) await wire.need(12);
      const rectangle = { x: wire.u16(), y: wire.u16(), width: wire.u16(), height: wire.u16() };
      const encoding = wire.s32();
      if (encoding === Pseudo.lastRectangle) return;
      area += await this.#rectangle(rectangle, encoding);
      const { width, height } = this.frame;
      if (area > most.screens * width * height || at > most.rectangles) throw new FloodError(subject);
    }
  }

  close(): void {
    this.#inflaters.close();
  }

  /** Resolves to the number of pixels that were painted. */
  async #rectangle(area: Rectangle, encoding: number): Promise<number> {
    const decode = decoders.get(encoding);
    if (decode === undefined) {
      await this.#pseudo(area, encoding);
      return 0;
    }
    const { x, y, width, height } = area;
    if (x + width > this.frame.width || y + height > this.frame.height) {
      throw this.#wrong(
        `a rectangle ${width}x${height} at ${x},${y} in a picture of ${this.frame.width}x${this.frame.height}`,
      );
    }
    const { wire, pixels, jpeg } = this.#options;
    await decode(area, { wire, pixels, jpeg, canvas: this.#canvas, inflaters: this.#inflaters, wrong: this.#wrong });
    if (width * height > 0) this.damage.add(area);
    this.painted += width * height;
    return width * height;
  }

  async #pseudo(area: Rectangle, encoding: number): Promise<void> {
    const { wire, pixels } = this.#options;
    switch (encoding) {
      case Pseudo.desktopSize:
        return this.#resize(area.width, area.height);
      case Pseudo.extendedDesktopSize: {
        // Number of screens, padding, then 16 bytes for each. Where y is not 0, a wish of some client was refused.
        const screens = (await wire.read(4)).readUInt8();
        await wire.skip(screens * 16);
        return area.y === 0 ? this.#resize(area.width, area.height) : undefined;
      }
      case Pseudo.cursor:
        if (area.width > 1024 || area.height > 1024) throw this.#wrong(`a pointer of ${area.width}x${area.height}`);
        return wire.skip(area.width * area.height * pixels.plain.bytes + Math.ceil(area.width / 8) * area.height);
      case Pseudo.desktopName:
        this.name = await readText(wire, (length) => this.#wrong(`a name of ${length} bytes`));
        return;
      case Pseudo.qemuKeys:
        this.scanCodes = true;
        return;
      case Pseudo.qemuLeds:
        this.leds = (await wire.read(1)).readUInt8();
        return;
      default:
        throw this.#wrong(`encoding ${encoding}, which was not asked for`);
    }
  }

  /** The old picture stays with whoever holds it. */
  #resize(width: number, height: number): void {
    if (width === this.frame.width && height === this.frame.height) return;
    checkSize(this.#options.subject, width, height, this.#options.largest);
    this.#canvas = new Canvas(width, height);
    this.damage.take();
    this.resized = true;
    this.painted = 0;
  }
}
