const shortcuts: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** In the order in which systemd counts a week. */
const week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * A cron schedule (crontab(5), already validated) as systemd's OnCalendar values (systemd.time(7)). Two of them where cron joins day of month and day of
 * week with "or", which one systemd expression cannot say.
 */
export function onCalendar(schedule: string, timezone?: string): string[] {
  const [minute = "*", hour = "*", day = "*", month = "*", weekday = "*"] = (
    shortcuts[schedule.trim().toLowerCase()] ?? schedule
  )
    .trim()
    .split(/\s+/);
  const time = `${field(hour, 0)}:${field(minute, 0)}:00${timezone === undefined ? "" : ` ${timezone}`}`;
  const monthPart = field(named(month, months, 1), 1);
  const dayPart = field(day, 1);
  const weekPart = weekdays(weekday);
  const either = !day.startsWith("*") && !weekday.startsWith("*");
  if (either) return [`*-${monthPart}-${dayPart} ${time}`, `${weekPart} *-${monthPart}-* ${time}`];
  return [`${weekPart === "" ? "" : `${weekPart} `}*-${monthPart}-${dayPart} ${time}`];
}

function named(text: string, names: readonly string[], first: number): string {
  return text.toLowerCase().replace(/[a-z]{3}/g, (name) => String(names.indexOf(name) + first));
}

/** Lists, ranges and steps of one field in systemd's spelling. */
function field(text: string, first: number): string {
  return text
    .split(",")
    .map((part) => {
      const [range = "*", step] = part.split("/");
      const wide = range === "*";
      const spelled = wide ? (step === undefined || step === "1" ? "*" : String(first)) : range.replace("-", "..");
      return step === undefined || step === "1" ? (wide ? "*" : spelled) : `${spelled}/${step}`;
    })
    .join(",");
}

/** `Mon..Fri`, `Mon,Thu`, or nothing for every day. */
function weekdays(text: string): string {
  const chosen = new Set<number>();
  for (const part of named(text, days, 0).split(",")) {
    const [range = "*", step = "1"] = part.split("/");
    const [from = "0", to = part.includes("/") ? "6" : from] = range === "*" ? ["0", "6"] : range.split("-");
    for (let day = Number(from); day <= Number(to); day += Number(step)) chosen.add((day + 6) % 7);
  }
  if (chosen.size === 7) return "";
  return runs([...chosen].sort((a, b) => a - b))
    .map(([from, to]) => (from === to ? week[from] : `${week[from]}${to === from + 1 ? "," : ".."}${week[to]}`))
    .join(",");
}

/** Neighbours joined: 0,1,2,5 is 0 to 2 and 5. */
function runs(sorted: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const n of sorted) {
    const last = found.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else found.push([n, n]);
  }
  return found;
}
