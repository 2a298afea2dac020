import { expect, test } from "vitest";
import { typeKey } from "./terminal.ts";

function type(keys: string): string {
  return [...keys].reduce((text, key) => typeKey(text, key).text, "");
}

test("what is typed is kept, Backspace takes one character back, Ctrl-U all of them", () => {
  expect(type("geh€imm\u007fnis\b!")).toBe("geh€imni!");
  expect(type("wrong\u0015right")).toBe("right");
  expect(type("\u007f\u001ba")).toBe("a");
});

test("Enter and Ctrl-D end the line, Ctrl-C interrupts", () => {
  for (const key of ["\r", "\n", "\u0004"]) expect(typeKey("x", key)).toEqual({ text: "x", ended: "enter" });
  expect(typeKey("x", "\u0003").ended).toBe("interrupt");
});
