import { scaledClock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import { expect, test } from "vitest";
import { hostGate } from "./gate.ts";
import { releaseBmc, whenConsoleIsAskedFor } from "./release.ts";

const bmc = `127.9.8.7:${process.pid}`;

test("what nobody holds is free", async () => {
  expect(await releaseBmc([{ what: "IPMI session", bmc }])).toMatchObject([{ was: "free" }]);
});

test("a command session is given up when somebody stands in line", async () => {
  const pass = await hostGate.enter(bmc, { purpose: "web1" });
  pass.whenWanted(() => pass.leave());
  expect(await releaseBmc([{ what: "IPMI session", bmc }])).toMatchObject([{ was: "given-up" }]);
});

test("one that is not given up is told as kept, with its holder", async () => {
  const pass = await hostGate.enter(bmc, { purpose: "web1" });
  const [kept] = await releaseBmc([{ what: "IPMI session", bmc }], { clock: scaledClock(50), within: seconds(5) });
  expect(kept).toMatchObject({ was: "kept", holder: expect.stringContaining(`pid ${process.pid}`) });
  pass.leave();
});

test("a console is given up once, however many ask", async () => {
  let times = 0;
  const listener = await whenConsoleIsAskedFor(bmc, { person: "kim" }, async () => void times++);
  const console = { what: "serial console", bmc } as const;
  const released = await Promise.all([releaseBmc([console]), releaseBmc([console])]);
  expect(released.flat()).toMatchObject([{ was: "given-up" }, { was: "given-up" }]);
  expect(times).toBe(1);
  listener.close();
  expect(await releaseBmc([console])).toMatchObject([{ was: "free" }]);
});
