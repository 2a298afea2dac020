/**
 * Takes out of what is typed whatever would end the console on the controller's side (ESC ( on iLO, Ctrl-\ on iDRAC). Holds nothing back: only the byte
 * that would complete the sequence is left out, also when it comes in a later write.
 */
export class LeaveFilter {
  readonly #sequence: Uint8Array;
  /** How much of the sequence the other side has seen at the end of what was sent. */
  #matched = 0;

  constructor(sequence: Uint8Array) {
    this.#sequence = sequence;
  }

  pass(bytes: Uint8Array): Uint8Array {
    const length = this.#sequence.length;
    if (length === 0) return bytes;
    const out: number[] = [];
    for (const byte of bytes) {
      const matched = this.#after(byte);
      if (matched === length) continue;
      this.#matched = matched;
      out.push(byte);
    }
    return Uint8Array.from(out);
  }

  /** How much is matched once `byte` was sent: the longest beginning of the sequence that ends there. */
  #after(byte: number): number {
    const seen = [...this.#sequence.subarray(0, this.#matched), byte];
    for (let length = seen.length; length > 0; length--) {
      const end = seen.slice(-length);
      if (end.every((each, at) => each === this.#sequence[at])) return length;
    }
    return 0;
  }
}
