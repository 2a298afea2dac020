import { UsageError } from "#base/errors.ts";

declare const ms: unique symbol;
/** A length of time in milliseconds. Made only by {@link milliseconds}, {@link seconds}, {@link minutes}, {@link hours}, {@link parseDuration}. */
export type Ms = number & { readonly [ms]: true };

export const milliseconds = (n: number): Ms => n as Ms;
export const seconds = (n: number): Ms => (n * 1000) as Ms;
export const minutes = (n: number): Ms => (n * 60_000) as Ms;
export const hours = (n: number): Ms => (n * 3_600_000) as Ms;

const factors: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `180s`, `5m`, `1h30m`, `250ms`, `2d`. Throws {@link UsageError} `duration` on anything else; a bare number is refused as ambiguous. */
export function parseDuration(text: string): Ms {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|min|[smhd])\s*/gy)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  if (parts.length === 0 || length !== text.trim().length) {
    throw new UsageError("duration", `'${text}' is not a duration`, { advice: "write it like 180s, 5m, 1h30m or 2d" });
  }
  return milliseconds(parts.reduce((sum, part) => sum + Number(part[1]) * (factors[part[2] ?? "s"] ?? 1000), 0));
}

/** `850 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`: short, for people. */
export function formatDuration(duration: number): string {
  if (duration < 1000) return `${Math.round(duration)} ms`;
  if (duration < 9_950) return `${(duration / 1000).toFixed(1)} s`;
  const total = Math.round(duration / 1000);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, "0")} s`;
  return `${Math.floor(total / 3600)} h ${String(Math.floor((total % 3600) / 60)).padStart(2, "0")} min`;
}
