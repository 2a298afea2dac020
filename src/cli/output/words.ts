import { formatDuration } from "#base/units.ts";

/** `just now`, `3 min 05 s ago`, `2 d ago`. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < 1500) return "just now";
  return passed < 48 * 3_600_000 ? `${formatDuration(passed)} ago` : `${Math.floor(passed / 86_400_000)} days ago`;
}

/** `1 machine`, `12 machines`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Local date and time to the second: `2026-01-31 03:00:12`. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `16 GiB`, `1.8 TB`: memory is counted in powers of two, drives are sold in powers of ten. */
export function memoryWords(mib: number): string {
  return mib >= 1024 ? `${Math.round((mib / 1024) * 10) / 10} GiB` : `${mib} MiB`;
}

export function diskWords(bytes: number): string {
  const tera = bytes >= 1e12;
  return `${Math.round(bytes / (tera ? 1e11 : 1e8)) / 10} ${tera ? "TB" : "GB"}`;
}
