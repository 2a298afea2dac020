/** How far ahead of, and behind, the highest number a datagram may come (IPMI 2.0 §6.12.13). */
const reach = 16;

/** Which session sequence numbers were seen: each is accepted once, in any order within the window. */
export class SequenceWindow {
  #highest = 0;
  #seen = new Set<number>();

  /** True when the number is new and near enough; it is then taken as seen. 0 is never a number of a session. */
  accept(number: number): boolean {
    if (number === 0 || number > this.#highest + reach || number <= this.#highest - reach || this.#seen.has(number))
      return false;
    this.#highest = Math.max(this.#highest, number);
    this.#seen.add(number);
    for (const old of this.#seen) if (old <= this.#highest - reach) this.#seen.delete(old);
    return true;
  }
}
