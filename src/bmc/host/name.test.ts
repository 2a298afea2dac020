import fc from "fast-check";
import { expect, test } from "vitest";
import { hostName, printable, readFields } from "./name.ts";

test("whatever another process says, what is shown of it is short and has no control characters", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 500 }), fc.anything()), (value) => {
      const shown = printable(value) ?? "";
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(shown.length).toBeLessThanOrEqual(121);
    }),
  );
});

test("whatever line comes, its fields are an object", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      expect(Object.getPrototypeOf(readFields(line))).toBe(Object.prototype);
    }),
  );
});

test("every key has a name that the kernel takes, and no two keys share one", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (one, other) => {
      expect(Buffer.byteLength(hostName("claim", one))).toBeLessThanOrEqual(107);
      expect(hostName("claim", one) === hostName("claim", other)).toBe(one === other);
    }),
  );
});
