import { describe, expect, test } from "vitest";
import { cronProblem } from "./cron.ts";

describe("a schedule", () => {
  test.each([
    "0 3 * * *",
    "*/15 9-17 * * mon-fri",
    "0 0 1,15 * 1",
    "5 4 29 2 *",
    "0 0 31 2 1",
    "0 0 * * 7",
    "0 22 * * 1-5,0",
    " @daily ",
    "1-59/2 * * JAN *",
  ])("%s is valid", (text) => {
    expect(cronProblem(text)).toBeUndefined();
  });

  test.each([
    ["60 * * * *", "'60' is not a minute"],
    ["* 24 * * *", "'24' is not a hour"],
    ["0 0 0 * *", "not a day of the month"],
    ["0 0 * 13 *", "not a month (1 to 12, or jan to dec"],
    ["0 0 * * 8", "not a day of the week"],
    ["0 0 * * mond", "not a day of the week"],
    ["5/15 * * * *", "not a minute"],
    ["*/0 * * * *", "not a minute"],
    ["17-9 * * * *", "not a minute"],
    ["0 3 * *", "five fields"],
    ["", "five fields"],
    ["@dayly", "did you mean '@daily'?"],
    ["@reboot", "not a schedule"],
    ["0 0 30 2 *", "never comes"],
    ["0 0 31 4,6 *", "never comes"],
  ])("%s is refused: %s", (text, reason) => {
    expect(cronProblem(text)).toContain(reason);
  });
});
