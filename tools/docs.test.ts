import { expect, test } from "vitest";
import { generated, stale } from "./docs.ts";

test("schemas and reference pages are what the sources say (else: npm run docs)", () => {
  expect(stale()).toEqual([]);
});

test("every key of the configuration has its meaning on the page", () => {
  const page = generated()["docs/reference/configuration.md"] ?? "";
  const empty = page.split("\n").filter((line) => /^\| `.*\|\s+\|$/.test(line) && !line.startsWith("| `kind`"));
  expect(empty).toEqual([]);
});
