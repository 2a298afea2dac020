import { describe, expect, test } from "vitest";
import { RoundTrips } from "./round-trips.ts";

describe("the pause before a datagram is sent again", () => {
  test("is 300 ms while nothing is known, and doubles up to 2 s", () => {
    const trips = new RoundTrips();
    expect([0, 1, 2, 3, 4].map((attempt) => trips.pause(attempt))).toEqual([300, 600, 1200, 2000, 2000]);
  });

  test("follows what was measured, but not answers to what was sent twice", () => {
    const trips = new RoundTrips();
    trips.measured(40, 1);
    expect(trips.pause(0)).toBe(120);
    trips.measured(5000, 2);
    expect(trips.pause(0)).toBe(120);
    for (let n = 0; n < 50; n++) trips.measured(2, 1);
    expect(trips.pause(0)).toBe(60);
    expect(trips.slowest).toBe(40);
  });

  test("is careful in a log-in, where a controller computes, unless this one is known to be fast", () => {
    const trips = new RoundTrips();
    trips.measured(1, 1);
    expect(trips.pause(0, 0, 250)).toBe(250);
    const fast = new RoundTrips(3);
    expect(fast.pause(0, 0, 250)).toBe(60);
    fast.measured(70, 2);
    fast.measured(2, 1);
    fast.measured(70, 2);
    expect([0, 1, 2].map((attempt) => fast.pause(attempt, 0, 250))).toEqual([60, 60, 120]);
    fast.measured(70, 2);
    expect(fast.pause(0, 0, 250)).toBe(250);
    expect(fast.slowest).toBe(70);
  });

  test("is never below the floor of a command that takes controllers a while", () => {
    const trips = new RoundTrips(3);
    expect([0, 1].map((attempt) => trips.pause(attempt, 500))).toEqual([500, 1000]);
  });
});
