import { didYouMean } from "#base/nearest.ts";

/** One field of a schedule: which values it stands for, and whether it was written beginning with a star. */
interface Field {
  values: readonly number[];
  star: boolean;
}

interface Range {
  label: string;
  low: number;
  high: number;
  names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const ranges: readonly Range[] = [
  { label: "minute", low: 0, high: 59 },
  { label: "hour", low: 0, high: 23 },
  { label: "day of the month", low: 1, high: 31 },
  { label: "month", low: 1, high: 12, names: months },
  { label: "day of the week", low: 0, high: 7, names: weekdays },
];

const macros: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

function numberOf(text: string, range: Range): number | undefined {
  const named = range.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + (range.low === 1 ? 1 : 0);
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= range.low && value <= range.high ? value : undefined;
}

/** A star, a number or a range, with or without a step. A step after a single number is refused: cron itself refuses it. */
function partValues(part: string, range: Range): number[] | undefined {
  const match = /^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (!match) return undefined;
  const [, star, from = "", to, every] = match;
  if (every !== undefined && !star && to === undefined) return undefined;
  const step = every === undefined ? 1 : Number(every);
  const low = star ? range.low : numberOf(from, range);
  const high = star ? range.high : to === undefined ? low : numberOf(to, range);
  if (low === undefined || high === undefined || low > high || step === 0) return undefined;
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
}

function parseField(text: string, range: Range): Field | undefined {
  const parts = text.split(",").map((part) => partValues(part, range));
  return parts.includes(undefined)
    ? undefined
    : { values: parts.flatMap((part) => part ?? []), star: text.startsWith("*") };
}

function fieldProblem(text: string, { label, low, high, names }: Range): string {
  const named = names ? `, or ${names[0]} to ${names.at(-1)}` : "";
  return `'${text}' is not a ${label} (${low} to ${high}${named}; lists, ranges and steps as in 1,5 or 9-17 or */15)`;
}

const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Cron takes either day when both are given, so that one of them always comes. */
function neverComes(days: Field, inMonths: Field, onWeekdays: Field): boolean {
  if (!days.star && !onWeekdays.star) return false;
  return !inMonths.values.some((month) => days.values.some((day) => day <= (longestMonth[month - 1] ?? 31)));
}

/**
 * What is wrong with a schedule in the form of crontab(5): five fields, or @daily and its like; undefined when it is valid. `@reboot` is refused, it names no
 * time, and so is a day that never comes.
 */
export function cronProblem(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("@") && !Object.hasOwn(macros, trimmed)) {
    const guess = didYouMean(trimmed, Object.keys(macros));
    return `${trimmed} is not a schedule${guess && `; ${guess}`}`;
  }
  const words = (macros[trimmed] ?? trimmed).split(/\s+/);
  if (words.length !== 5) {
    return `a schedule has five fields (minute, hour, day of the month, month, day of the week), not ${words.length}`;
  }
  const fields = ranges.map((range, index) => parseField(words[index] ?? "", range));
  const wrong = fields.indexOf(undefined);
  const range = ranges[wrong];
  if (range) return fieldProblem(words[wrong] ?? "", range);
  const [, , days, inMonths, onWeekdays] = fields;
  const never = days && inMonths && onWeekdays && neverComes(days, inMonths, onWeekdays);
  return never ? `'${trimmed}' names a day that never comes` : undefined;
}
