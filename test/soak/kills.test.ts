import { test } from "vitest";
import { surviveKills, survivePostgresKills } from "../support/kills.ts";

test("fifty kills of the command, at any moment, lose nothing and do nothing twice", () => surviveKills(50, 7));

test("ten kills of PostgreSQL under runs change nothing about them", () => survivePostgresKills(10));
