import { deadline, systemClock, type Clock } from "#base/clock.ts";
import { CancelledError } from "#base/errors.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import { defaultLargest, open, type Opened } from "./connect/open.ts";
import { limited } from "./connect/time-limit.ts";
import { ClosedError, ProtocolError, SilentError, StalledError } from "./errors.ts";
import { copyOf, type Frame, type Rectangle } from "./frame.ts";
import type { Key, Stroke } from "./keys.ts";
import type { EncodingName } from "./numbers.ts";
import { flaw, pixelFormats } from "./pixel-format.ts";
import { Keyboard } from "./session/keyboard.ts";
import { readMessage } from "./session/messages.ts";
import { Painter } from "./session/painter.ts";
import * as requests from "./session/requests.ts";
import type { RfbOptions, RfbTarget } from "./target.ts";
import { pixelsOf, type Pixels } from "./wire/pixels.ts";

/** What came since the last time. */
export interface Update {
  /** The picture as it is now. It is painted on during the next call of `update` or `capture`; copy it to keep it. After a resize it is another object. */
  readonly frame: Frame;
  /** Where something may have changed, at most 64 rectangles; none: nothing did within the time. */
  readonly damage: readonly Rectangle[];
  /** The picture has another size than before; all of it came anew. */
  readonly resized: boolean;
}

export interface WaitOptions {
  /** Default 10 s. */
  within?: Ms | undefined;
  signal?: AbortSignal | undefined;
}

export interface TypeOptions {
  /**
   * Between two movements of keys. Default 10 ms, which is what QEMU itself lets pass between two of them (its `key-delay-ms`): 50 plain characters a
   * second, of which none is lost. Firmware that polls its keyboard seldom may need more.
   */
  pace?: Ms | undefined;
  signal?: AbortSignal | undefined;
}

const preferred: readonly EncodingName[] = ["zrle", "tight", "hextile", "rre", "copyRect", "raw"];
/** So long the other side has to end the connection too. */
const farewell = milliseconds(500);
/** Updates that nobody asked for are taken up to here; the next ones wait with the server. */
const mostUnasked = 16;

/**
 * A connection to a VNC server (RFC 6143). Errors: those of `errors.ts`; once one of them came from a wait, the connection is over and each further call
 * throws it again. Memory is bounded by the `largest` picture, whatever the server sends.
 */
export class RfbClient implements AsyncDisposable {
  readonly #opened: Opened;
  readonly #painter: Painter;
  readonly #pixels: Pixels;
  readonly #clock: Clock;
  readonly #patience: Ms;
  readonly #ended = Promise.withResolvers<Error>();
  readonly #keyboard: Keyboard;
  /** Those who wait for an update to be complete. */
  #waiting = Promise.withResolvers<void>();
  #outstanding = false;
  /** All of the picture is asked for next time: nothing came yet, or the size changed. */
  #stale = true;
  #unasked = 0;
  #wake = Promise.withResolvers<void>();

  private constructor(opened: Opened, options: RfbOptions) {
    const { wire, subject, desktop } = opened;
    const { pixels = "rgb888", largest = defaultLargest, jpeg } = options;
    const format = pixels === "server" ? desktop.format : pixelFormats[pixels];
    const wrong = flaw(format);
    if (wrong !== undefined) throw new ProtocolError(subject, wrong);
    this.#opened = opened;
    this.#pixels = pixelsOf(format);
    this.#painter = new Painter({ wire, subject, ...desktop, largest, pixels: this.#pixels, jpeg });
    this.#clock = options.clock ?? systemClock;
    this.#patience = options.patience ?? seconds(30);
    this.#waiting.promise.catch(() => {});
    const scanCodes = () => this.#painter.scanCodes;
    this.#keyboard = new Keyboard({ clock: this.#clock, send: (bytes) => this.#send(bytes), scanCodes });
  }

  /** Connects and logs in. The password is sent one time at most. */
  static async open(target: RfbTarget, options: RfbOptions = {}): Promise<RfbClient> {
    const opened = await open(target, options);
    try {
      const client = new RfbClient(opened, options);
      const { encodings = preferred, pointer = "hidden", keys = "scancode", pixels = "rgb888" } = options;
      if (pixels !== "server") await client.#send(requests.setPixelFormat(pixelFormats[pixels]));
      const abilities = {
        encodings,
        hidePointer: pointer === "hidden",
        scanCodes: keys === "scancode",
        lossy: options.lossy,
      };
      await client.#send(requests.setEncodings(abilities));
      void client.#listen();
      return client;
    } catch (error) {
      opened.wire.stream.destroy();
      throw error;
    }
  }

  /** What the server calls itself. */
  get name(): string {
    return this.#painter.name ?? this.#opened.desktop.name;
  }

  /** How the log-in went, in words: `None`, `VNC authentication`, `VeNCrypt X.509 with VNC authentication`. */
  get security(): string {
    return this.#opened.security;
  }

  /** `3.3`, `3.7` or `3.8`. */
  get version(): string {
    return `3.${this.#opened.version}`;
  }

  get size(): { width: number; height: number } {
    const { width, height } = this.#painter.frame;
    return { width, height };
  }

  /** Lights of the machine's keyboard, where the server tells (QEMU does). With Caps Lock on, letters arrive in the other case. */
  get lights(): { scroll: boolean; num: boolean; caps: boolean } | undefined {
    const { leds } = this.#painter;
    return leds === undefined ? undefined : { scroll: (leds & 1) > 0, num: (leds & 2) > 0, caps: (leds & 4) > 0 };
  }

  /** Resolves with the reason as soon as the connection is over. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /**
   * Waits until something of the picture changed (the first time: until it is there) and tells where. With `full` all of it is sent anew. Resolves
   * without damage when nothing changed `within` the time. Throws when the connection is over, or the signal's reason.
   */
  async update(options: WaitOptions & { full?: boolean } = {}): Promise<Update> {
    const limit = deadline(this.#clock, options.within ?? seconds(10));
    if (options.full) this.#stale = true;
    for (;;) {
      this.#opened.wire.check();
      if (!this.#stale && !this.#painter.damage.empty) return this.#taken();
      // Taken first: an update may be complete before the question is out.
      const next = this.#waiting.promise;
      await this.#ask();
      if (!(await this.#completed(next, limit.remaining(), options.signal))) return this.#taken();
    }
  }

  /** A copy of the whole picture as it is now, fresh from the server. Throws {@link SilentError} when not all of it came `within` the time. */
  async capture({ within = seconds(10), signal }: WaitOptions = {}): Promise<Frame> {
    const limit = deadline(this.#clock, within);
    const painter = this.#painter;
    painter.painted = 0;
    for (let full = true; ; full = false) {
      const { frame } = await this.update({ full, within: limit.remaining(), signal });
      if (painter.painted >= frame.width * frame.height) return copyOf(frame);
      if (limit.passed()) throw new SilentError(this.#opened.subject, "with all of the picture", within);
    }
  }

  /** Presses and lets go, stroke after stroke. Whatever ends it, no key stays down. */
  async type(strokes: readonly Stroke[], { pace = milliseconds(10), signal }: TypeOptions = {}): Promise<void> {
    for (const stroke of strokes) await this.#keyboard.press(stroke, pace, signal);
  }

  /** One movement of one key. `keysym`: where the key means something else now, under Shift for one. */
  async key(key: Key, down: boolean, keysym: number = key.keysym): Promise<void> {
    this.#opened.wire.check();
    await this.#keyboard.move(key, down, keysym);
  }

  /** Moves the pointer; `buttons`: 1 left, 2 middle, 4 right, added up for those held down. */
  async pointer(x: number, y: number, buttons = 0): Promise<void> {
    this.#opened.wire.check();
    await this.#send(requests.pointerEvent(x, y, buttons));
  }

  /** Lets go of all keys and ends the connection. */
  async close(): Promise<void> {
    try {
      await this.#keyboard.releaseAll();
    } catch {
      // It is over already, and so are its keys.
    }
    const why = new CancelledError("closed by this side", { subject: this.#opened.subject });
    const done = new AbortController();
    const limit = this.#clock.sleep(farewell, done.signal).catch(() => {});
    await this.#opened.wire.finish(why, limit);
    done.abort("ended");
    this.#end(why);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #taken(): Update {
    const painter = this.#painter;
    const update = { frame: painter.frame, damage: painter.damage.take(), resized: painter.resized };
    painter.resized = false;
    return update;
  }

  /** Asks for what changed, unless that was asked for before and is still to come. */
  async #ask(): Promise<void> {
    this.#unasked = 0;
    this.#wake.resolve();
    if (this.#outstanding && !this.#stale) return;
    const incremental = !this.#stale;
    this.#outstanding = true;
    if (this.#stale) this.#painter.damage.take();
    this.#stale = false;
    await this.#send(requests.updateRequest(incremental, { x: 0, y: 0, ...this.size }));
  }

  /** True when an update was completed, false when the time was over first. */
  async #completed(next: Promise<void>, limit: Ms, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    const over = new AbortController();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", stop, { once: true });
    const late = this.#clock.sleep(limit, over.signal).then(
      () => false,
      () => false,
    );
    try {
      return await Promise.race([next.then(() => true), late, aborted]);
    } finally {
      signal?.removeEventListener("abort", stop);
      over.abort("ended");
    }
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        if (this.#unasked >= mostUnasked) await this.#wake.promise;
        await this.#opened.wire.need(1);
        await this.#timed(async () => this.#read());
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new ClosedError(this.#opened.subject, "by this side", error));
    }
  }

  async #read(): Promise<void> {
    const { wire, subject } = this.#opened;
    const updated = await readMessage(wire, subject, this.#painter, this.#pixels);
    if (!updated) return;
    if (!this.#outstanding) this.#unasked += 1;
    if (this.#unasked >= mostUnasked) this.#wake = Promise.withResolvers();
    this.#outstanding = false;
    const { width, height } = this.#painter.frame;
    if (this.#painter.resized && this.#painter.painted < width * height) this.#stale = true;
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
    this.#waiting.promise.catch(() => {});
  }

  /** Whatever was begun with the server ends in time, or the connection does. */
  async #timed(act: () => Promise<void>): Promise<void> {
    const { wire, subject } = this.#opened;
    const late = () => new StalledError(subject, this.#patience);
    await limited(
      (over) => {
        over.addEventListener("abort", () => wire.fail(late()), { once: true });
        return act();
      },
      { clock: this.#clock, limit: this.#patience, late },
    );
  }

  #send(bytes: Uint8Array): Promise<void> {
    return this.#timed(() => this.#opened.wire.send(bytes));
  }

  #end(why: Error): void {
    this.#opened.wire.fail(why);
    this.#painter.close();
    this.#waiting.reject(why);
    this.#wake.resolve();
    this.#ended.resolve(why);
  }
}
