import { CancelledError } from "#base/errors.ts";
import type { SerialGap, SerialInput } from "../serial.ts";

/** More than this waits for no reader. */
const capacity = 8 * 1024 * 1024;
/** Waiting characters are handed out in pieces of about this size. */
const piece = 64 * 1024;

/** What came and was not read yet, in order. Bounded: the oldest characters go, and a gap stands in their place. */
export class InputQueue {
  #waiting: SerialInput[] = [];
  #bytes = 0;
  #ended: { error?: Error } | undefined;
  #reader: PromiseWithResolvers<SerialInput | undefined> | undefined;

  /** Copies the bytes. */
  data(bytes: Uint8Array): void {
    this.put({ type: "data", bytes: Uint8Array.from(bytes) });
  }

  gap(why: SerialGap, seconds?: number): void {
    this.put({ type: "gap", why, ...(seconds === undefined ? {} : { seconds }) });
  }

  put(input: SerialInput): void {
    if (this.#ended) return;
    if (this.#reader) {
      const { resolve } = this.#reader;
      this.#reader = undefined;
      return resolve(input);
    }
    this.#waiting.push(input);
    if (input.type !== "data") return;
    this.#bytes += input.bytes.length;
    if (this.#bytes > capacity) this.#dropOldest();
  }

  /** What waits is still read; then nothing, or the error. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = error === undefined ? {} : { error: asError(error) };
    const reader = this.#reader;
    this.#reader = undefined;
    if (!reader) return;
    if (this.#ended.error) reader.reject(this.#ended.error);
    else reader.resolve(undefined);
  }

  /** One reader at a time. */
  next(): Promise<SerialInput | undefined> {
    const first = this.#waiting.shift();
    if (first?.type === "data") return Promise.resolve({ type: "data", bytes: this.#joined(first.bytes) });
    if (first) return Promise.resolve(first);
    if (this.#ended) return this.#ended.error ? Promise.reject(this.#ended.error) : Promise.resolve(undefined);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  #joined(first: Uint8Array): Uint8Array {
    const parts = [first];
    let length = first.length;
    let taken = 0;
    for (const input of this.#waiting) {
      if (input.type !== "data" || length >= piece) break;
      parts.push(input.bytes);
      length += input.bytes.length;
      taken += 1;
    }
    this.#waiting.splice(0, taken);
    this.#bytes -= length;
    return parts.length === 1 ? first : Buffer.concat(parts);
  }

  /** A quarter at once: one gap for many packets. Everything that is not characters stays. */
  #dropOldest(): void {
    const keep: SerialInput[] = [{ type: "gap", why: "reader-too-slow" }];
    for (const input of this.#waiting) {
      const earlier = input.type === "gap" && input.why === "reader-too-slow";
      if (input.type === "data" && this.#bytes > (capacity * 3) / 4) this.#bytes -= input.bytes.length;
      else if (!earlier) keep.push(input);
    }
    this.#waiting = keep;
  }
}

/** An abort's reason may be anything. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new CancelledError(String(reason));
}
