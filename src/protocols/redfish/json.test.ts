import fc from "fast-check";
import { expect, test } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { parseJson } from "./json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { bytes: 100_000, depth: 8, values: 50 };

test("what is JSON comes out as JSON.parse would give it, also behind a byte order mark", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(parseJson(bytes(`\ufeff${JSON.stringify(value)}`), "bmc")).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("any bytes end in a value or in an error of its own", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.string().map(bytes)), (noise) => {
      try {
        parseJson(noise, "bmc", limits);
      } catch (error) {
        expect(error).toBeInstanceOf(RackhandError);
      }
    }),
  );
});

test.each([
  ["[".repeat(9) + "]".repeat(9), "nested more than 8 deep"],
  ["[".repeat(1_000_000), "bytes"],
  [`[${"[],".repeat(60)}[]]`, "more than 50 values"],
  [`[${"0,".repeat(60)}0]`, "more than 50 values"],
  [`{${Array.from({ length: 60 }, (_, i) => `"${i}":0`).join(",")}}`, "more than 50 values"],
])("a body beyond the limits is refused before it is built (%#)", (text, why) => {
  expect(() => parseJson(bytes(text), "bmc", limits)).toThrow(
    expect.objectContaining({ code: "redfish.too-large", message: expect.stringContaining(why) }),
  );
});

test("brackets and commas inside strings do not count, also after escaped quotes", () => {
  const text = JSON.stringify({ a: `[[[[[[[[[[,"\\${",".repeat(100)}`, b: "\\" });
  expect(parseJson(bytes(text), "bmc", limits)).toEqual(JSON.parse(text));
});

test("a string that never ends is no JSON, and no endless loop", () => {
  for (const text of ['"abc', '{"a\\', '["\\"']) expect(() => parseJson(bytes(text), "bmc")).toThrow("not JSON");
});

test("one Latin-1 byte in an asset tag does not cost the whole answer", () => {
  const text = Uint8Array.from([...bytes('{"AssetTag":"B'), 0xfc, ...bytes('ro"}')]);
  expect(parseJson(text, "bmc")).toEqual({ AssetTag: "B\ufffdro" });
});
