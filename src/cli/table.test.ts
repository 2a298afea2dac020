import { expect, it } from "vitest";
import { globalOptions, longName, optionsOf } from "./spec.ts";
import { table } from "./table.ts";

it("gives no command an option that every command has already", () => {
  const everywhere = new Set(globalOptions.map(longName));
  const twice = table
    .flatMap((spec) => optionsOf(spec).map((option) => `${spec.name} ${longName(option)}`))
    .filter((name) => everywhere.has(name.split(" ").at(-1) ?? ""));
  expect(twice).toEqual([]);
});
