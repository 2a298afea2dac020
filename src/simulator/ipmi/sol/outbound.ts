import { nextSolSequence } from "#protocols/ipmi/sol-packet.ts";

interface Sent {
  sequence: number;
  data: Uint8Array;
  /** Lengths of its sendings: an acknowledgement of an earlier, shorter one says nothing about the rest. */
  lengths: Set<number>;
  sends: number;
}

/** The server's characters on their way to the console: one packet at a time, kept until it is acknowledged. Knows no clock. */
export class SolOutbound {
  #waiting = Buffer.alloc(0);
  #sent: Sent | undefined;
  #sequence = 0;
  #overrun = false;

  get outstanding(): Sent | undefined {
    return this.#sent;
  }

  /** True once after characters did not fit. */
  takeOverrun(): boolean {
    const was = this.#overrun;
    this.#overrun = false;
    return was;
  }

  /** Keeps the newest `capacity` characters. */
  put(bytes: Uint8Array, capacity: number): void {
    const all = Buffer.concat([this.#waiting, bytes]);
    if (all.length > capacity) this.#overrun = true;
    this.#waiting = all.subarray(-capacity);
  }

  /** A new packet, when none is on its way and there is something to send. */
  next(size: number): Sent | undefined {
    if (this.#sent || this.#waiting.length === 0) return undefined;
    this.#sequence = nextSolSequence(this.#sequence);
    const data = this.#take(size);
    this.#sent = { sequence: this.#sequence, data, lengths: new Set([data.length]), sends: 1 };
    return this.#sent;
  }

  /** The same once more; with `grow` it takes along what was printed meanwhile. */
  again(size: number, grow: boolean): Sent | undefined {
    const sent = this.#sent;
    if (!sent) return undefined;
    sent.sends += 1;
    if (grow && sent.data.length < size) sent.data = Buffer.concat([sent.data, this.#take(size - sent.data.length)]);
    sent.lengths.add(sent.data.length);
    return sent;
  }

  acknowledged(sequence: number, accepted: number): void {
    const sent = this.#sent;
    if (sent?.sequence !== sequence) return;
    const { data, lengths } = sent;
    // Of an earlier sending: the one of the repetition is on its way.
    if (accepted < data.length && lengths.has(accepted)) return;
    this.#sent = undefined;
    if (accepted < data.length) this.#waiting = Buffer.concat([data.subarray(accepted), this.#waiting]);
  }

  /** Nobody acknowledged it: its characters are lost. */
  giveUp(): void {
    this.#sent = undefined;
  }

  flush(): void {
    this.#waiting = Buffer.alloc(0);
  }

  jump(): void {
    this.#sequence = ((this.#sequence + 6) % 15) + 1;
  }

  #take(size: number): Uint8Array {
    const data = this.#waiting.subarray(0, size);
    this.#waiting = this.#waiting.subarray(size);
    return Uint8Array.from(data);
  }
}
