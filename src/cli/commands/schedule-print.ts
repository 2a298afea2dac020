import os from "node:os";
import path from "node:path";
import { ExitCode, UsageError } from "#base/errors.ts";
import { machineNamed, type Estate } from "#estate/estate.ts";
import type { Call } from "../call.ts";
import { onCalendar } from "../schedule/calendar.ts";
import { crontabLine, serviceUnit, timerUnit, unitName, type Scheduled } from "../schedule/units.ts";

const bin = path.resolve(import.meta.dirname, "../../../bin/rackhand");

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const estate = await (await call.app()).estate();
  const jobs = scheduledJobs(call, estate);
  for (const job of jobs) {
    const { machine, schedule, timezone, command } = job;
    out.row({
      machine,
      job: job.job,
      schedule,
      timezone,
      command,
      crontab: crontabLine(job),
      onCalendar: onCalendar(schedule, timezone),
      service: serviceUnit(job),
      timer: timerUnit(job),
    });
  }
  const format = call.value("format");
  if (format !== "systemd") printCrontab(call, jobs);
  if (format === undefined) out.line();
  if (format !== "crontab") printUnits(call, jobs);
  out.result({ ok: true, jobs: jobs.length });
  return ExitCode.done;
}

function scheduledJobs(call: Call, estate: Estate): Scheduled[] {
  const only = call.argument(0);
  const machines = only === "" ? [...estate.machines.values()] : [machineNamed(estate, only)];
  const state = call.value("state") ?? call.env.RACKHAND_STATE;
  const where = ["--estate", estate.root, ...(state ? ["--state", path.resolve(state)] : [])];
  const found = machines.flatMap(({ name, site, jobs }) =>
    Object.entries(jobs).flatMap(([job, { schedule }]): Scheduled[] => {
      if (schedule === undefined) return [];
      const timezone = site === undefined ? undefined : estate.sites.get(site)?.timezone;
      const command = [bin, ...where, "run", name, "--job", job];
      return [
        {
          machine: name,
          job,
          schedule,
          command,
          user: os.userInfo().username,
          ...(timezone === undefined ? {} : { timezone }),
        },
      ];
    }),
  );
  if (found.length > 0) return found;
  throw new UsageError("schedule.none", `${only || `the estate ${estate.root}`} declares no job with a schedule`, {
    advice: "for example  jobs: { pull: { schedule: '0 3 * * *', command: [pyznap, send] } }",
  });
}

function printCrontab({ out }: Call, jobs: readonly Scheduled[]): void {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  out.line(out.paint.dim("# for `crontab -e`, as a user who can read the secrets"));
  for (const job of jobs) {
    if (job.timezone !== undefined && job.timezone !== here)
      out.line(`# written for ${job.timezone}; cron counts in this host's time zone, ${here}`);
    out.line(crontabLine(job));
  }
}

function printUnits({ out }: Call, jobs: readonly Scheduled[]): void {
  for (const job of jobs) {
    for (const [kind, text] of [
      ["service", serviceUnit(job)],
      ["timer", timerUnit(job)],
    ] as const) {
      out.line(out.paint.dim(`# /etc/systemd/system/${unitName(job)}.${kind}`));
      out.line(text);
    }
  }
  out.line(
    out.paint.dim(
      `# then: systemctl daemon-reload && systemctl enable --now ${jobs.map((job) => `${unitName(job)}.timer`).join(" ")}`,
    ),
  );
}
