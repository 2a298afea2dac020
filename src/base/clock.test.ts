import { expect, test, vi } from "vitest";
import { systemClock } from "./clock.ts";
import { hours } from "./units.ts";

test("a sleep of months does not end at once", async () => {
  const warned = vi.spyOn(process, "emitWarning");
  const woken = new AbortController();
  const slept = systemClock.sleep(hours(24 * 60), woken.signal).then(
    () => "slept",
    () => "woken",
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  woken.abort();
  expect(await slept).toBe("woken");
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
