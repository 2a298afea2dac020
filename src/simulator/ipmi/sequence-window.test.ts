import { expect, test } from "vitest";
import { SequenceWindow } from "./sequence-window.ts";

test("each number is accepted once, in any order within the window", () => {
  const window = new SequenceWindow();
  expect([3, 1, 2, 5, 4].map((n) => window.accept(n))).toEqual([true, true, true, true, true]);
  expect([3, 5, 1].map((n) => window.accept(n))).toEqual([false, false, false]);
});

test("a number beyond the window is refused, ahead as well as behind", () => {
  const window = new SequenceWindow();
  expect(window.accept(17)).toBe(false);
  expect(window.accept(16)).toBe(true);
  expect(window.accept(32)).toBe(true);
  expect(window.accept(16)).toBe(false);
  expect(window.accept(15)).toBe(false);
  expect(window.accept(17)).toBe(true);
});

test("0 belongs to no session", () => {
  expect(new SequenceWindow().accept(0)).toBe(false);
});
