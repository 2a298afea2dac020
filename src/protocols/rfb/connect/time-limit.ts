import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";

/** Nobody sees this reason; without one, each use would make an exception with a stack. */
const ended = "ended";

/**
 * Runs `act` with a signal that aborts when the caller's does or when `limit` is over; in the latter case `late` makes the error. Whatever `act` throws
 * after the caller gave up becomes the caller's reason.
 */
export async function limited<T>(
  act: (signal: AbortSignal) => Promise<T>,
  options: { clock: Clock; limit: Ms; late: () => Error; signal?: AbortSignal | undefined },
): Promise<T> {
  const { clock, limit, late, signal } = options;
  signal?.throwIfAborted();
  const over = new AbortController();
  const timer = new AbortController();
  let expired = false;
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const expire = () => {
    expired = true;
    over.abort(late());
  };
  clock.sleep(limit, timer.signal).then(expire, () => {});
  try {
    return await act(over.signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw expired ? late() : error;
  } finally {
    signal?.removeEventListener("abort", stop);
    timer.abort(ended);
  }
}
