import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import { BootOverride } from "./boot-override.ts";

const pxe = { source: "pxe", persistent: false, uefi: true } as const;

test("an override for one boot is taken once, a persistent one each time", () => {
  const override = new BootOverride(scaledClock(100));
  override.set(pxe);
  expect([override.take(), override.take()]).toEqual([pxe, undefined]);
  override.set({ ...pxe, persistent: true });
  expect([override.take()?.source, override.take()?.source]).toEqual(["pxe", "pxe"]);
});

test("it lapses after its time, unless a power command came first", async () => {
  const clock = scaledClock(100);
  const override = new BootOverride(clock);
  override.set(pxe, { after: seconds(60), unlessCommanded: true });
  override.commanded();
  await clock.sleep(seconds(61));
  expect(override.get()).toEqual(pxe);
  override.set(pxe, { after: seconds(60), unlessCommanded: true });
  const { revision } = override;
  await clock.sleep(seconds(61));
  expect(override.get()).toBeUndefined();
  expect(override.revision).not.toBe(revision);
});

test("an override that is not honoured is shown, spent and not followed", () => {
  const override = new BootOverride(scaledClock(100));
  override.honoured = false;
  override.set(pxe);
  expect(override.get()).toEqual(pxe);
  expect(override.take()).toBeUndefined();
  expect(override.get()).toBeUndefined();
});
