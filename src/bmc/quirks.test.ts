import { expect, test } from "vitest";
import { nearest } from "#base/nearest.ts";
import { quirkIds, quirks } from "./quirks.ts";

test("each quirk has one name, fit for an estate", () => {
  expect(new Set(quirkIds).size).toBe(quirkIds.length);
  expect(quirkIds.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

test("each says what differs, where it was seen and what is done", () => {
  expect(quirks.filter(({ what, on, remedy }) => what === "" || on === "" || remedy === "")).toEqual([]);
});

test("a mistyped quirk is told the nearest", () => {
  expect(nearest("old-tsl", quirkIds)).toBe("old-tls");
});
