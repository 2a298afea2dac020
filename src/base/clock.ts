import type { Ms } from "#base/units.ts";

/** Time as a dependency: everything that waits takes one, so that tests can run a six-minute POST in a second. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never step back; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `duration`; rejects with the signal's reason as soon as it aborts. */
  sleep(duration: Ms, signal?: AbortSignal): Promise<void>;
}

/** The longest that a timer of Node's can be told; it takes more for nothing at all. */
const longest = 2 ** 31 - 1;

async function sleepReal(duration: number, signal?: AbortSignal): Promise<void> {
  let left = duration;
  for (; left > longest; left -= longest) await sleepOnce(longest, signal);
  await sleepOnce(left, signal);
}

function sleepOnce(duration: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, duration);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (duration, signal) => sleepReal(duration, signal),
};

/** A clock that runs `speed` times as fast as the real one; for simulations and tests. */
export function scaledClock(speed: number): Clock {
  const wall = Date.now();
  const start = performance.now();
  const passed = () => (performance.now() - start) * speed;
  return {
    now: () => wall + passed(),
    monotonic: passed,
    sleep: (duration, signal) => sleepReal(duration / speed, signal),
  };
}

/** A moment after which something is given up. */
export interface Deadline {
  readonly at: number;
  remaining(): Ms;
  passed(): boolean;
}

/** A deadline `within` from now, on the clock's monotonic time. */
export function deadline(clock: Clock, within: Ms): Deadline {
  const at = clock.monotonic() + within;
  const remaining = () => Math.max(0, at - clock.monotonic()) as Ms;
  return { at, remaining, passed: () => remaining() === 0 };
}
