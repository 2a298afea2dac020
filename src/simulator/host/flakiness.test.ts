import { expect, test } from "vitest";
import { unreliable } from "./flakiness.ts";

const boots = (fails: () => boolean, count: number) =>
  Array.from({ length: count }, () => (fails() ? "fails" : "boots"));

test("failFirst fails the first boots and none after", () => {
  expect(boots(unreliable({ failFirst: 2 }), 5)).toEqual(["fails", "fails", "boots", "boots", "boots"]);
});

test("succeedEvery lets each n-th boot through", () => {
  expect(boots(unreliable({ succeedEvery: 3 }), 6)).toEqual(["fails", "fails", "boots", "fails", "fails", "boots"]);
});

test("by chance, the same seed tells the same story, near the chance asked for", () => {
  const one = boots(unreliable({ failProbability: 0.75, seed: 7 }), 1000);
  expect(one).toEqual(boots(unreliable({ failProbability: 0.75, seed: 7 }), 1000));
  const failed = one.filter((boot) => boot === "fails").length;
  expect(failed).toBeGreaterThan(690);
  expect(failed).toBeLessThan(810);
});

test("without flakiness every boot finds its disk", () => {
  expect(boots(unreliable(undefined), 3)).toEqual(["boots", "boots", "boots"]);
});
