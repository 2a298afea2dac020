import fc from "fast-check";
import { expect, test } from "vitest";
import { EscapeReader } from "./escape.ts";

/** What becomes of keys that are typed in these pieces. */
function typed(...pieces: readonly string[]): string {
  const reader = new EscapeReader();
  return pieces
    .flatMap((piece) => reader.read(Buffer.from(piece)))
    .map((wish) => (wish.type === "send" ? Buffer.from(wish.bytes).toString() : `<${wish.type}>`))
    .join("");
}

test.each([
  [["~."], "<leave>"],
  [["ls\r~."], "ls\r<leave>"],
  [["ls\r", "~", "."], "ls\r<leave>"],
  [["~?~b~B"], "<help><break><break>"],
  [["ls ~."], "ls ~."],
  [["~~."], "~."],
  [["~~~."], "~~."],
  [["~", "x"], "~x"],
  [["~/.ssh\r~b"], "~/.ssh\r<break>"],
  [["a\n~."], "a\n<leave>"],
  [["~\r~."], "~\r<leave>"],
])("%j is %s", (pieces, wished) => expect(typed(...pieces)).toBe(wished));

test("however keys are cut into pieces, they mean the same; nothing but commands is lost", () => {
  const keys = fc.array(fc.constantFrom("~", ".", "?", "b", "\r", "a", "x"), { maxLength: 30 });
  fc.assert(
    fc.property(keys, (all) => {
      expect(typed(...all)).toBe(typed(all.join("")));
      const lost = all.length - typed(all.join("")).replaceAll(/<\w+>/g, "").length;
      const tildes = all.filter((key) => key === "~").length;
      expect(lost).toBeLessThanOrEqual(2 * tildes);
    }),
  );
});
