/**
 * Which sequence numbers of the BMC were seen: a doubled datagram is dropped, one that was overtaken is still taken when it is at most 32 behind.
 * Forward jumps of any size are taken (some firmware skips numbers): where it matters the datagram's signature was checked before.
 */
export class SequenceWindow {
  #highest: number | undefined;
  /** Bit n: `highest - n` was seen. */
  #seen = 0;

  /** True the first time a number comes. */
  fresh(sequence: number): boolean {
    const ahead = this.#highest === undefined ? 32 : (sequence - this.#highest) | 0;
    if (ahead > 0) {
      this.#seen = ahead >= 32 ? 1 : (this.#seen << ahead) | 1;
      this.#highest = sequence;
      return true;
    }
    const bit = 1 << -ahead;
    if (ahead <= -32 || (this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    return true;
  }
}

/** Session sequence numbers of 32 bits: 0 is never one. */
export function nextSequence(sequence: number): number {
  return sequence >= 0xffffffff ? 1 : sequence + 1;
}
