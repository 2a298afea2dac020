import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { isOutage, throughOutages } from "./outage.ts";

const coded = (code: string, message = "x") => Object.assign(new Error(message), { code });
const clock = scaledClock(100);

test("a server that went away is an outage, a wrong question is none", () => {
  for (const code of ["ECONNRESET", "ECONNREFUSED", "57P01", "57P03", "08006"])
    expect(isOutage(coded(code)), code).toBe(true);
  expect(isOutage(new Error("Connection terminated unexpectedly"))).toBe(true);
  expect(isOutage(new AggregateError([coded("ECONNREFUSED")]))).toBe(true);
  for (const code of ["42P01", "23505", "57014"]) expect(isOutage(coded(code)), code).toBe(false);
  expect(isOutage("ECONNRESET")).toBe(false);
});

test("a question is asked until the database answers", async () => {
  let asked = 0;
  const answer = await throughOutages(clock, async () => {
    if (++asked < 4) throw coded("ECONNREFUSED");
    return "there";
  });
  expect([answer, asked]).toEqual(["there", 4]);
});

test("a wrong question is asked once", async () => {
  let asked = 0;
  const ask = async () => {
    asked++;
    throw coded("42P01", "no such table");
  };
  await expect(throughOutages(clock, ask)).rejects.toThrow("no such table");
  expect(asked).toBe(1);
});

test("waiting for a database ends with the signal", async () => {
  const stop = new AbortController();
  const waiting = throughOutages(clock, () => Promise.reject(coded("ECONNREFUSED")), stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow(/enough|x/);
});
