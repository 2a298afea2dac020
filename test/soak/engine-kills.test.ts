import { afterEach, beforeEach, test } from "vitest";
import { type EngineLab, openLab } from "../support/engine/lab.ts";
import { survivePostgresKills, surviveProcessKills } from "../support/engine/kills.ts";

let lab: EngineLab;

beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab?.[Symbol.asyncDispose]());

test("a run survives fifty kills of its process, each adopted by the next", () => surviveProcessKills(lab, 50));

test("a run survives ten kills of PostgreSQL in one process, without doing a step twice", () =>
  survivePostgresKills(lab, 10));
