import fc from "fast-check";
import { expect, test } from "vitest";
import { heldBack, Secret } from "#base/secret.ts";
import { clean, cleanJson } from "./text.ts";

const secret = new Secret('zebra"7\n9');

test("secrets go from strings at any depth, also those that JSON would write otherwise", () => {
  const value = cleanJson({ a: [`x ${secret.reveal()} y`, 7, null], b: { c: secret.reveal() } });
  expect(value).toEqual({ a: ["x *** y", 7, null], b: { c: "***" } });
});

test("a secret that begins with another one goes whole", () => {
  const [short, long] = [new Secret("kg-half"), new Secret("kg-half-and-the-rest")];
  expect(clean(`it is ${long.reveal()}, not ${short.reveal()}`)).toBe("it is ***, not ***");
});

test("whatever a step gives can be stored: no NUL, no half character", () => {
  expect(clean("a\0b\uD800c")).toBe("a\uFFFDb\uFFFDc");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const stored = clean(text);
      expect(stored.includes("\0")).toBe(false);
      expect(stored.isWellFormed()).toBe(true);
    }),
  );
});

test("the possible beginning of a secret is held back from a stream", () => {
  expect(heldBack("nothing of it\u2603")).toBe(0);
  expect(heldBack("here it comes: zeb")).toBe(3);
  expect(heldBack('zebra"7\n')).toBe(8);
});

test("a secret that ends as another one begins is not cut", () => {
  const other = new Secret("9 lives");
  expect(heldBack(`say zebra"7\n${other.reveal().slice(0, 1)}`)).toBe(9);
});

test("a stream cut anywhere shows nothing of a secret", () => {
  const text = `one ${secret.reveal()} two ${secret.reveal()}${secret.reveal()} three`;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }), (cuts) => {
      let waiting = "";
      let shown = "";
      let at = 0;
      for (let n = 0; at < text.length; n++) {
        const size = cuts[n % cuts.length] ?? 1;
        waiting += text.slice(at, at + size);
        at += size;
        const keep = heldBack(waiting);
        shown += clean(waiting.slice(0, waiting.length - keep));
        waiting = waiting.slice(waiting.length - keep);
      }
      shown += clean(waiting);
      expect(shown).not.toContain("zebra");
    }),
  );
});
