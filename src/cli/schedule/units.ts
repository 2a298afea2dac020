import { onCalendar } from "./calendar.ts";

/** A job with a schedule, and the command that does it. */
export interface Scheduled {
  machine: string;
  job: string;
  schedule: string;
  timezone?: string;
  command: readonly string[];
  user: string;
}

/** One line for crontab(5): shell quoting, and `%`, which cron would take for a line feed, escaped. */
export function crontabLine({ schedule, command }: Scheduled): string {
  return `${schedule} ${command.map(shellWord).join(" ").replaceAll("%", "\\%")}`;
}

export function unitName({ machine, job }: Scheduled): string {
  return `rackhand-${machine}-${job}`;
}

/** The service does the job once. */
export function serviceUnit(job: Scheduled): string {
  return `[Unit]
Description=rackhand: ${job.job} on ${job.machine}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=${job.user}
ExecStart=${job.command.map(systemdWord).join(" ")}
# Only rackhand itself is told to stop: it ends the job and puts the power back, which may take a clean shutdown.
KillMode=process
TimeoutStopSec=15min
`;
}

/** The timer begins it. */
export function timerUnit(job: Scheduled): string {
  const when = onCalendar(job.schedule, job.timezone).map((value) => `OnCalendar=${value}`);
  return `[Unit]
Description=rackhand: when ${job.job} on ${job.machine} is due

[Timer]
${when.join("\n")}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}

/** Quoted for a POSIX shell where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** systemd.service(5), "Command lines": `%` and `$` are doubled; quotes and backslashes escaped. */
function systemdWord(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
