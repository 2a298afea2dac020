import { afterEach, beforeEach, test } from "vitest";
import { type EngineLab, openLab } from "../support/engine/lab.ts";
import { survivePostgresKills, surviveProcessKills } from "../support/engine/kills.ts";

let lab: EngineLab;

beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab?.[Symbol.asyncDispose]());

test("a run survives five kills of its process, each adopted by the next", { timeout: 120_000 }, () =>
  surviveProcessKills(lab, 5),
);

test("a run survives two kills of PostgreSQL in one process, without doing a step twice", { timeout: 120_000 }, () =>
  survivePostgresKills(lab, 2),
);
