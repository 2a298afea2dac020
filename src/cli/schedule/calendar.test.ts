import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { needs } from "../../../test/support/needs.ts";
import { onCalendar } from "./calendar.ts";

const translations: [string, string[]][] = [
  ["0 3 * * *", ["*-*-* 3:0:00"]],
  ["*/15 * * * *", ["*-*-* *:0/15:00"]],
  ["*/1 0-6/2,23 * * *", ["*-*-* 0..6/2,23:*:00"]],
  ["30 4 1,15 * *", ["*-*-1,15 4:30:00"]],
  ["0 0 */2 * *", ["*-*-1/2 0:0:00"]],
  ["0 9 * jan-mar mon-fri", ["Mon..Fri *-1..3-* 9:0:00"]],
  ["0 9 * * 0,6", ["Sat,Sun *-*-* 9:0:00"]],
  ["0 9 * * 7", ["Sun *-*-* 9:0:00"]],
  ["0 9 * * 5-7", ["Fri..Sun *-*-* 9:0:00"]],
  ["0 9 * * */2", ["Tue,Thu,Sat,Sun *-*-* 9:0:00"]],
  ["@daily", ["*-*-* 0:0:00"]],
  ["@weekly", ["Sun *-*-* 0:0:00"]],
];

describe("a cron schedule in systemd's words", () => {
  it.each(translations)("%s", (schedule, expected) => {
    expect(onCalendar(schedule)).toEqual(expected);
  });

  it("is two expressions where cron joins day of month and day of week with or", () => {
    expect(onCalendar("0 4 13 * fri")).toEqual(["*-*-13 4:0:00", "Fri *-*-* 4:0:00"]);
    expect(onCalendar("0 4 */2 * fri")).toEqual(["Fri *-*-1/2 4:0:00"]);
  });

  it("keeps the time zone", () => {
    expect(onCalendar("0 3 * * *", "Europe/Vienna")).toEqual(["*-*-* 3:0:00 Europe/Vienna"]);
  });

  it("is understood by systemd itself", () => {
    needs("systemd-analyze");
    const values = translations.flatMap(([schedule]) => onCalendar(schedule));
    const said = execFileSync("systemd-analyze", ["calendar", ...values], { encoding: "utf8" });
    expect(said.match(/Normalized form:/g)).toHaveLength(values.length);
  });
});
