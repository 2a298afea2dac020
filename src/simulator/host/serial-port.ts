/** What is kept of both directions, so that a test can look back. */
const kept = 1 << 20;

export interface SerialListener {
  /** The server prints. */
  output?: (bytes: Uint8Array) => void;
  /** Somebody types. */
  input?: (bytes: Uint8Array) => void;
  /** Somebody holds the line down. */
  brk?: () => void;
}

/** The server's serial port, seen from both of its ends: what it prints, and what is typed into it. A cable without anybody at it loses what is printed. */
export class SerialPort {
  readonly #listeners = new Set<SerialListener>();
  readonly #kept = { printed: new Tail(), typed: new Tail() };
  breaks = 0;

  /** The last MiB that the server printed, and that was typed. */
  get printed(): Buffer {
    return this.#kept.printed.bytes;
  }

  get typed(): Buffer {
    return this.#kept.typed.bytes;
  }

  on(listener: SerialListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The server's end: text is sent as UTF-8, line ends as they are. */
  print(what: string | Uint8Array): void {
    const bytes = typeof what === "string" ? Buffer.from(what) : what;
    this.#kept.printed.add(bytes);
    for (const { output } of this.#listeners) output?.(bytes);
  }

  /** The cable's end. */
  type(what: string | Uint8Array): void {
    const bytes = typeof what === "string" ? Buffer.from(what) : what;
    this.#kept.typed.add(bytes);
    for (const { input } of this.#listeners) input?.(bytes);
  }

  break(): void {
    this.breaks += 1;
    for (const { brk } of this.#listeners) brk?.();
  }
}

/** The end of a stream. */
class Tail {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  add(bytes: Uint8Array): void {
    this.#chunks.push(Uint8Array.from(bytes));
    this.#length += bytes.length;
    while (this.#length - (this.#chunks[0]?.length ?? 0) > kept) this.#length -= this.#chunks.shift()?.length ?? 0;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-kept);
  }
}
