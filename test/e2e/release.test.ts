import { expect, it, vi } from "vitest";
import { simEstate } from "../support/sim-estate.ts";

it("bmc release makes a console that is open elsewhere on this host go, and says what it was", async () => {
  await using lab = await simEstate([{ name: "m", server: { power: "on" } }]);
  const { bmc } = lab.machine("m");
  expect((await lab.json(["bmc", "release", "m"])).result).toMatchObject({ ok: true, givenUp: 0 });
  const watching = lab.start(["console", "m", "--watch"]);
  await vi.waitFor(() => expect(bmc.openSessions.length).toBe(1), { timeout: 20_000 });
  await vi.waitFor(
    async () => {
      const { lines, result } = await lab.json(["bmc", "release", "m"]);
      expect(result).toMatchObject({ ok: true, givenUp: 1 });
      expect(lines).toContainEqual(expect.objectContaining({ what: "serial console", was: "given-up" }));
    },
    { timeout: 20_000, interval: 500 },
  );
  const { code, stderr } = await watching.ended;
  expect([code, stderr]).toEqual([4, expect.stringContaining("bmc release")]);
  await vi.waitFor(() => expect(bmc.openSessions).toEqual([]), { timeout: 10_000 });
});
