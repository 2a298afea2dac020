import { test } from "vitest";
import { surviveKills, survivePostgresKills } from "../support/kills.ts";

test("five kills of the command, at any moment, lose nothing and do nothing twice", { timeout: 240_000 }, () =>
  surviveKills(5, 1),
);

test("two kills of PostgreSQL under a run change nothing about it", { timeout: 120_000 }, () =>
  survivePostgresKills(2),
);
