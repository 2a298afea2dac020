import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shellQuote } from "./quote.ts";

test("plain words stay as they are", () =>
  expect(shellQuote(["pyznap", "send", "--dest=a:b"])).toBe("pyznap send --dest=a:b"));

test("a shell gives every argument back unchanged", () => {
  const argument = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (args) => {
      const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${shellQuote(args)}`]).toString("utf8");
      expect(printed.split("\0").slice(0, -1)).toEqual(args);
    }),
    { numRuns: 40 },
  );
});
