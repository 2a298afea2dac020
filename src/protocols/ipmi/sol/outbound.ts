/** What one packet carries: characters, or an operation. */
export interface Load {
  operation: number;
  data: Uint8Array;
  /** Stands for the operation; undefined for characters. */
  control?: Waiting;
}

/** Somebody who waits until the BMC has taken everything up to `until`. */
interface Waiting {
  until: number;
  operation: number;
  resolve: () => void;
  reject: (why: Error) => void;
}

/** What waits to be sent: characters and operations in the order in which they were given. Counts characters from the beginning. */
export class Outbound {
  readonly #chunks: Uint8Array[] = [];
  /** Of the first chunk, so much is gone. */
  #offset = 0;
  #written = 0;
  #taken = 0;
  readonly #writes: Waiting[] = [];
  readonly #controls: Waiting[] = [];

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    this.#chunks.push(Uint8Array.from(bytes));
    this.#written += bytes.length;
    return this.#waitIn(this.#writes, 0);
  }

  control(operation: number): Promise<void> {
    return this.#waitIn(this.#controls, operation);
  }

  /** What goes next: at most `size` characters, and none that were given after an operation that waits. */
  next(size: number): Load | undefined {
    const [control] = this.#controls;
    if (control?.until === this.#taken) return { operation: control.operation, data: new Uint8Array(0), control };
    const length = Math.min(size, (control?.until ?? this.#written) - this.#taken);
    return length > 0 ? { operation: 0, data: this.#peek(length) } : undefined;
  }

  /** The BMC took the first `count` characters of the load. An operation was heard, unless nothing was (`all` false): then it stays. */
  accepted(load: Load, count: number, all: boolean): void {
    if (load.control) {
      if (all && this.#controls[0] === load.control) this.#controls.shift()?.resolve();
      return;
    }
    this.#drop(count);
    this.#taken += count;
    while ((this.#writes[0]?.until ?? Infinity) <= this.#taken) this.#writes.shift()?.resolve();
  }

  fail(why: Error): void {
    for (const waiting of [...this.#writes.splice(0), ...this.#controls.splice(0)]) waiting.reject(why);
    this.#chunks.length = 0;
  }

  #waitIn(list: Waiting[], operation: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Who does not care may leave the promise alone.
    promise.catch(() => undefined);
    list.push({ until: this.#written, operation, resolve, reject });
    return promise;
  }

  #peek(length: number): Uint8Array {
    const out = new Uint8Array(length);
    let at = 0;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(offset, offset + length - at);
      out.set(part, at);
      at += part.length;
      offset = 0;
      if (at === length) break;
    }
    return out;
  }

  #drop(count: number): void {
    this.#offset += count;
    for (let first = this.#chunks[0]; first && this.#offset >= first.length; first = this.#chunks[0]) {
      this.#offset -= first.length;
      this.#chunks.shift();
    }
  }
}
