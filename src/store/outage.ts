import type { Clock } from "#base/clock.ts";
import { milliseconds } from "#base/units.ts";

/** PostgreSQL and socket codes that mean: the server is away or going away, and the same question may be asked again. */
const codes = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "57P01",
  "57P02",
  "57P03",
  "25P03",
  "08000",
  "08001",
  "08003",
  "08006",
  "40001",
  "40P01",
  "53300",
]);

/** True when an error says that the database is away for now, not that the question was wrong. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isOutage)) return true;
  if ("code" in error && typeof error.code === "string" && codes.has(error.code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/i.test(
    error.message,
  );
}

/**
 * Asks until the database answers. What is asked must be safe to ask again: an answer lost on its way back was still carried out. Rejects with the first error that
 * is no outage, or with the signal's reason.
 */
export async function throughOutages<T>(clock: Clock, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await ask();
    } catch (error) {
      if (!isOutage(error) || signal?.aborted) throw error;
      await clock.sleep(milliseconds(pause), signal);
    }
  }
}
