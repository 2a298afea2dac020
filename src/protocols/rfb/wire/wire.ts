import type { Duplex } from "node:stream";

/**
 * The bytes of a connection, as many at a time as somebody asks for. What nobody asks for stays with the other side (TCP's flow control), so that no
 * server decides how much memory it costs.
 */
export class Wire {
  #stream: Duplex;
  #chunks: Buffer[] = [];
  /** Bytes in {@link #chunks}, the read part of the first one included. */
  #held = 0;
  /** How much of the first chunk was read. */
  #at = 0;
  #wanted = 0;
  #waiting: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  readonly #ended: (cause?: unknown) => Error;

  /** `ended` makes the error for a connection that the other side ends. */
  constructor(stream: Duplex, ended: (cause?: unknown) => Error) {
    this.#ended = ended;
    this.#stream = stream;
    this.#attach();
  }

  get stream(): Duplex {
    return this.#stream;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Throws what ended the connection. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** True while fewer than `count` bytes are here: then {@link need} them first. */
  lacks(count: number): boolean {
    return this.#held - this.#at < count;
  }

  /** Resolves when `count` bytes are here. One caller at a time. */
  async need(count: number): Promise<void> {
    if (this.lacks(count)) {
      if (this.#failure) throw this.#failure;
      this.#wanted = count;
      const arrived = Promise.withResolvers<void>();
      this.#waiting = arrived;
      this.#pull();
      await arrived.promise;
    }
    this.#join(count);
  }

  /** The next bytes, which must be here. Good until the next call of anything. */
  take(count: number): Buffer {
    if (this.#at + count > (this.#chunks[0]?.length ?? 0)) this.#join(count);
    const first = this.#chunks[0];
    if (first === undefined) return Buffer.alloc(0);
    const bytes = first.subarray(this.#at, this.#at + count);
    this.#at += count;
    if (this.#at >= first.length) {
      this.#chunks.shift();
      this.#held -= first.length;
      this.#at = 0;
    }
    return bytes;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  s32(): number {
    return this.take(4).readInt32BE();
  }

  async read(count: number): Promise<Buffer> {
    await this.need(count);
    return this.take(count);
  }

  /** Hands `count` bytes on in pieces, so that a long run of them is never held as a whole. */
  async *pieces(count: number): AsyncGenerator<Buffer> {
    for (let rest = count; rest > 0;) {
      const size = Math.min(rest, 65_536);
      yield await this.read(size);
      rest -= size;
    }
  }

  async skip(count: number): Promise<void> {
    for await (const _piece of this.pieces(count));
  }

  /** Sends, and waits while the other side does not take what was sent before. */
  async send(bytes: Uint8Array): Promise<void> {
    this.check();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write(bytes, () => resolve());
    await promise;
    this.check();
  }

  /** Ends the connection; whoever waits for bytes gets `why`. The first reason stays. */
  fail(why: Error): void {
    this.#failure ??= why;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
    this.#stream.destroy();
  }

  /**
   * Ends the connection so that what was sent arrives: a connection that is torn down with unread bytes takes the sent ones with it. Whatever still
   * comes is thrown away, until the other side ends too or `limit` resolves.
   */
  async finish(why: Error, limit: Promise<unknown>): Promise<void> {
    if (this.#failure) return;
    this.#failure = why;
    this.#waiting?.reject(why);
    this.#waiting = undefined;
    this.#detach();
    const stream = this.#stream.on("error", () => {});
    const over = Promise.withResolvers<void>();
    stream
      .once("close", () => over.resolve())
      .once("end", () => over.resolve())
      .resume();
    stream.end();
    await Promise.race([over.promise, limit]);
    stream.destroy();
  }

  /** Goes on over another stream, which `wrap` makes of this one. Bytes that were here already would have come too early for it. */
  async upgrade(wrap: (stream: Duplex) => Promise<Duplex>, early: () => Error): Promise<void> {
    if (!this.lacks(1)) throw early();
    this.#detach();
    this.#stream = await wrap(this.#stream);
    this.#attach();
  }

  /** What `take` reads must lie in one piece. */
  #join(count: number): void {
    const first = this.#chunks[0];
    if (first === undefined || first.length - this.#at >= count || this.#chunks.length === 1) return;
    const whole = Buffer.concat(this.#chunks).subarray(this.#at);
    this.#chunks = [whole];
    this.#held = whole.length;
    this.#at = 0;
  }

  readonly #pull = (): void => {
    while (this.#waiting && this.lacks(this.#wanted)) {
      const chunk: unknown = this.#stream.read();
      if (!Buffer.isBuffer(chunk)) break;
      this.#chunks.push(chunk);
      this.#held += chunk.length;
    }
    if (this.#waiting && !this.lacks(this.#wanted)) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  };

  readonly #over = (cause?: unknown): void => {
    if (this.#failure === undefined) this.fail(this.#ended(cause));
  };

  #attach(): void {
    this.#stream.on("readable", this.#pull).on("end", this.#over).on("error", this.#over).on("close", this.#over);
  }

  #detach(): void {
    this.#stream.off("readable", this.#pull).off("end", this.#over).off("error", this.#over).off("close", this.#over);
  }
}
