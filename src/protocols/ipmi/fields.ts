import { MalformedError } from "./errors.ts";

/** Reads bit fields most significant bit first, as the specification's tables list them; whole bytes in order. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits not read yet. */
  get left(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  /** Up to 8 bits that do not cross a byte's end. */
  bits(count: number): number {
    if (count > this.left) throw new MalformedError("the message ends too early");
    const byte = this.#bytes[this.#bit >> 3] ?? 0;
    const value = (byte >> (8 - (this.#bit & 7) - count)) & ((1 << count) - 1);
    this.#bit += count;
    return value;
  }

  /** A view of the next whole bytes. */
  bytes(count: number): Uint8Array {
    if (count * 8 > this.left) throw new MalformedError("the message ends too early");
    const at = this.#bit >> 3;
    this.#bit += count * 8;
    return this.#bytes.subarray(at, at + count);
  }
}

/** The counterpart of {@link BitReader}. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #free = 0;

  bits(value: number, count: number): void {
    if (this.#free === 0) {
      this.#bytes.push(0);
      this.#free = 8;
    }
    this.#free -= count;
    const last = this.#bytes.length - 1;
    this.#bytes[last] = (this.#bytes[last] ?? 0) | ((value & ((1 << count) - 1)) << this.#free);
  }

  bytes(data: Uint8Array): void {
    for (const byte of data) this.#bytes.push(byte);
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** One field of a request or response. `T` with `undefined` in it means: the field may be left out; `undefined` alone: padding, not shown at all. */
export interface Field<T> {
  read(from: BitReader): T;
  write(to: BitWriter, value: T): void;
}

/** Fields in the order in which they are sent. */
export type Layout = Readonly<Record<string, Field<unknown>>>;

type Required<L extends Layout> = {
  [K in keyof L as L[K] extends Field<infer T> ? (undefined extends T ? never : K) : never]: L[K] extends Field<infer T>
    ? T
    : never;
};
type Optional<L extends Layout> = {
  [
    K in keyof L as L[K] extends Field<infer T>
      ? undefined extends T
        ? [T] extends [undefined]
          ? never
          : K
        : never
      : never
  ]?: (L[K] extends Field<infer T> ? T : never) | undefined;
};
/** The value that a {@link Layout} describes. */
export type Values<L extends Layout> = Required<L> & Optional<L>;

export interface Codec<T> {
  encode(this: void, value: T): Uint8Array;
  /** Throws {@link MalformedError} and nothing else. Bytes after the last field are ignored: firmware adds some. */
  decode(this: void, bytes: Uint8Array): T;
}

/** Encodes and decodes what a layout describes. */
export function codec<L extends Layout>(layout: L): Codec<Values<L>> {
  const fields = Object.entries(layout);
  return {
    encode(value) {
      const to = new BitWriter();
      const given: Record<string, unknown> = value;
      for (const [name, field] of fields) field.write(to, given[name]);
      return to.done();
    },
    decode(bytes) {
      const from = new BitReader(bytes);
      const read: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const value = field.read(from);
        if (value !== undefined) read[name] = value;
      }
      // The loop above made exactly what Values<L> says, which the compiler cannot follow through a loop.
      return read as Values<L>;
    },
  };
}

/** One bit. */
export const flag: Field<boolean> = {
  read: (from) => from.bits(1) === 1,
  write: (to, value) => to.bits(value ? 1 : 0, 1),
};

/** An unsigned number of 1..8 bits, or of 16, 24 or 32 bits least significant byte first. */
export function uint(bits: number): Field<number> {
  if (bits <= 8) return { read: (from) => from.bits(bits), write: (to, value) => to.bits(value, bits) };
  return {
    read: (from) => from.bytes(bits / 8).reduceRight((sum, byte) => sum * 256 + byte, 0),
    write: (to, value) =>
      to.bytes(Uint8Array.from({ length: bits / 8 }, (_, i) => Math.floor(value / 256 ** i) & 0xff)),
  };
}

/** Reserved bits: sent as 0, ignored when read. Up to 8, or whole bytes. */
export function reserved(bits: number): Field<undefined> {
  const steps = bits <= 8 ? [bits] : Array.from({ length: bits / 8 }, () => 8);
  return {
    read: (from) => {
      for (const step of steps) from.bits(step);
      return undefined;
    },
    write: (to) => steps.forEach((step) => to.bits(0, step)),
  };
}

/** A number with a name for each value. A value without a name is malformed. */
export function oneOf<const N extends Readonly<Record<string, number>>>(names: N, bits = 8): Field<keyof N & string> {
  const byValue = new Map<number, keyof N & string>(Object.keys(names).map((name) => [names[name] ?? -1, name]));
  return {
    read(from) {
      const value = from.bits(bits);
      const name = byValue.get(value);
      if (name === undefined) throw new MalformedError(`${value} is none of ${Object.keys(names).join(", ")}`);
      return name;
    },
    write: (to, value) => to.bits(names[value] ?? 0, bits),
  };
}

/** Exactly `count` bytes. */
export function bytes(count: number): Field<Uint8Array> {
  return { read: (from) => from.bytes(count), write: (to, value) => to.bytes(value) };
}

/** All bytes that are left, perhaps none. */
export const rest: Field<Uint8Array> = {
  read: (from) => from.bytes(from.left >> 3),
  write: (to, value) => to.bytes(value),
};

/** A field that older firmware leaves away at the end of its answer, or that a request need not have. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    read: (from) => (from.left === 0 ? undefined : field.read(from)),
    write: (to, value) => {
      if (value !== undefined) field.write(to, value);
    },
  };
}
