import { expect, test } from "vitest";
import { searchable } from "./screen.ts";

test("a word that the screen's edge cut is found in the joined rows", () => {
  const lines = ["Gave up waiting. Dropping to a", " shell!", "", "(initramfs)"];
  expect(searchable({ cols: 30, lines })).toEqual([...lines, "Gave up waiting. Dropping to a shell!"]);
});

test("rows that are not full are not joined", () => {
  expect(searchable({ cols: 80, lines: ["one", "two"] })).toEqual(["one", "two"]);
});

test("several full rows are joined with the one that ends them, also when that is the last of the screen", () => {
  expect(searchable({ cols: 3, lines: ["abc", "def", "g", "hij"] })).toEqual([
    "abc",
    "def",
    "g",
    "hij",
    "abcdefg",
    "hij",
  ]);
});
