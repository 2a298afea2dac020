import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { Impairment, type NetworkFaults } from "./impairment.ts";

function impaired(faults: Partial<NetworkFaults>) {
  const clock = scaledClock(100);
  const impairment = new Impairment(clock, 1);
  Object.assign(impairment.faults, faults);
  const left: number[] = [];
  const leave = (n: number, about = "RAKP 1") => impairment.leave(about, () => left.push(n));
  return { clock, impairment, left, leave };
}

test("a good network passes everything at once and in order", () => {
  const { impairment, left, leave } = impaired({});
  expect(impairment.arrivals("Open Session")).toBe(1);
  for (let n = 0; n < 5; n++) leave(n);
  expect(left).toEqual([0, 1, 2, 3, 4]);
});

test("loss and duplication come as often as told, the same for the same seed", () => {
  const count = () => {
    const { impairment } = impaired({ loss: 0.2, duplication: 0.1 });
    return Array.from({ length: 1000 }, () => impairment.arrivals("x"));
  };
  const arrivals = count();
  expect(arrivals).toEqual(count());
  expect(arrivals.filter((times) => times === 0).length).toBeGreaterThan(150);
  expect(arrivals.filter((times) => times === 0).length).toBeLessThan(250);
  expect(arrivals.filter((times) => times === 2).length).toBeGreaterThan(40);
});

test("an answer that is held back leaves after the next one, or after a while when there is none", async () => {
  const { clock, impairment, left, leave } = impaired({ reordering: 1 });
  leave(1);
  impairment.faults.reordering = 0;
  leave(2);
  expect(left).toEqual([2, 1]);
  impairment.faults.reordering = 1;
  leave(3);
  expect(left).toEqual([2, 1]);
  await clock.sleep(seconds(1));
  expect(left).toEqual([2, 1, 3]);
});

test("exactly what is named can be lost, in one direction", () => {
  const { impairment, left, leave } = impaired({
    drop: ({ direction, about }) => direction === "out" && about === "Chassis Control",
  });
  expect(impairment.arrivals("Chassis Control")).toBe(1);
  leave(1, "Chassis Control");
  leave(2, "Get Chassis Status");
  expect(left).toEqual([2]);
  expect(impairment.counts).toMatchObject({ in: 1, out: 1, lost: 1 });
});

test("after the stop nothing leaves any more, not even what was delayed", async () => {
  const { clock, impairment, left, leave } = impaired({ delay: milliseconds(500) });
  leave(1);
  impairment.stop();
  await clock.sleep(seconds(1));
  expect(left).toEqual([]);
});
