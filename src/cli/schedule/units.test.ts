import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { crontabLine, serviceUnit, shellWord, timerUnit, type Scheduled } from "./units.ts";

const job: Scheduled = {
  machine: "backup01",
  job: "pull",
  schedule: "0 3 * * *",
  command: ["/opt/r h/bin/rackhand", "--estate", "/srv/it's 100%", "run", "backup01", "--job", "pull"],
  user: "ops",
};

describe("what schedule print writes", () => {
  it("quotes for the shell, and escapes % for cron", () => {
    expect(crontabLine(job)).toBe(
      String.raw`0 3 * * * '/opt/r h/bin/rackhand' --estate '/srv/it'\''s 100\%' run backup01 --job pull`,
    );
  });

  it("quotes so that a shell reads the same words", () => {
    const words = ["a b", "it's", "$HOME", '"', "*", "plain-1.2"];
    const read = execFileSync("/bin/sh", ["-c", `printf '%s\\n' ${words.map(shellWord).join(" ")}`], {
      encoding: "utf8",
    });
    expect(read.trimEnd().split("\n")).toEqual(words);
  });

  it("writes a service that systemd may stop without losing the give-back", () => {
    expect(serviceUnit(job)).toContain(
      String.raw`ExecStart="/opt/r h/bin/rackhand" --estate "/srv/it's 100%%" run backup01 --job pull`,
    );
    expect(serviceUnit(job)).toMatch(/^KillMode=process$/m);
    expect(serviceUnit(job)).toMatch(/^User=ops$/m);
  });

  it("writes a timer", () => {
    expect(timerUnit({ ...job, timezone: "Europe/Vienna" })).toMatch(/^OnCalendar=\*-\*-\* 3:0:00 Europe\/Vienna$/m);
  });
});
