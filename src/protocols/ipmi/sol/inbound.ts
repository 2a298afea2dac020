import { nextSolSequence, type SolPacket } from "../sol-packet.ts";

/** What a packet of the BMC's brought. */
export interface Taken {
  /** Characters that were not delivered before. */
  data: Uint8Array;
  /** How many characters are acknowledged: always all that this number ever carried. */
  acknowledge: number;
  /** Packets before this one never came, or this one begins elsewhere than its first sending did: characters are missing. */
  missing: boolean;
  /** Not a repetition. */
  fresh: boolean;
}

/** Puts the BMC's packets together: each character once and in order, and a word where some are missing. */
export class Inbound {
  #last = 0;
  #order: number | undefined;
  /** All that came under the last number. */
  #text: Uint8Array = new Uint8Array(0);

  /** `late`: it was overtaken by a newer one, its characters were delivered long since; it is not acknowledged either. */
  take({ sequence, data }: SolPacket, order: number): Taken | "late" {
    if (this.#order !== undefined && ((order - this.#order) | 0) < 0) return "late";
    this.#order = order;
    if (sequence === this.#last) return this.#again(data);
    const expected = this.#last === 0 ? sequence : nextSolSequence(this.#last);
    this.#last = sequence;
    this.#text = Uint8Array.from(data);
    return { data, acknowledge: counted(data.length), missing: sequence !== expected, fresh: true };
  }

  /** The same number: a repetition, which may carry more than the first sending did. */
  #again(data: Uint8Array): Taken {
    const known = this.#text;
    const common = Math.min(known.length, data.length);
    if (Buffer.compare(known.subarray(0, common), data.subarray(0, common)) !== 0) {
      // Other characters under an old number: this BMC did not count on.
      this.#text = Uint8Array.from(data);
      return { data, acknowledge: counted(data.length), missing: true, fresh: true };
    }
    const tail = data.subarray(common);
    if (tail.length > 0) this.#text = Uint8Array.from(data);
    // A shorter repetition must not take back what was acknowledged already.
    return { data: tail, acknowledge: counted(this.#text.length), missing: false, fresh: false };
  }
}

/** The count has one byte. */
const counted = (length: number) => Math.min(length, 255);
