import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import { raw, type Parsed } from "../support/redfish-raw.ts";
import { describeShared } from "../support/shared.ts";

/** A link that leads to a resource, whatever its place. */
function links(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(links);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "@odata.id" && typeof inner === "string" ? [inner] : links(inner),
  );
}

/** Reads all that can be reached by links, at most `most` resources. */
async function walk(url: string, most: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  const waiting = ["/redfish/v1"];
  while (waiting.length > 0 && seen.size < most) {
    const path = waiting.shift()!.replace(/#.*$/, "");
    if (seen.has(path) || !path.startsWith("/redfish/")) continue;
    const reply = await raw(`${url}${path}`);
    seen.set(path, reply.status);
    if (reply.status === 200) waiting.push(...links(reply.body));
  }
  return seen;
}

async function system(machine: RedfishMachine): Promise<Parsed> {
  const [path] = machine.redfish.servers.keys();
  return (await raw(`${machine.redfish.url}${path}`)).body;
}

describeShared("redfish", "a recorded tree with behaviour", (folder) => {
  const trees = readdirSync(folder).filter((name) => name !== "misc" && !name.endsWith(".md"));

  test.each(trees)("%s: all that links lead to is answered; nothing crashes", async (name) => {
    await using machine = await startBmc({ name: "web01", redfish: { tree: join(folder, name), scheme: "http" } });
    const seen = await walk(machine.redfish.url, 1500);
    const statuses = new Set(seen.values());
    expect([...statuses].filter((status) => status !== 200 && status !== 404)).toEqual([]);
    expect([...seen.values()].filter((status) => status === 200).length).toBeGreaterThan(15);
  });

  test.each(trees)("%s: a once-override is kept, read back, booted from and gone", async (name) => {
    await using machine = await startBmc({
      name: "web01",
      clock: scaledClock(50),
      server: { bootable: ["disk", "pxe"] },
      // What is advertised shall be enough; the oddities have tests of their own.
      redfish: { tree: join(folder, name), vendor: "none", scheme: "http" },
    });
    const { server, redfish } = machine;
    const before = await system(machine);
    const reset = before.Actions["#ComputerSystem.Reset"];
    expect(before.PowerState).toBe("Off");
    const settings = before["@Redfish.Settings"]?.SettingsObject?.["@odata.id"] ?? before["@odata.id"];
    const boot = { BootSourceOverrideTarget: "Pxe", BootSourceOverrideEnabled: "Once" };
    const tries = [before["@odata.id"], settings];
    const statuses: number[] = [];
    for (const path of tries)
      statuses.push((await raw(`${redfish.url}${path}`, "PATCH", { body: { Boot: boot } })).status);
    const overridable = !name.includes("cray");
    expect(statuses.some((status) => status < 300)).toBe(overridable);
    if (overridable) expect((await system(machine)).Boot).toMatchObject(boot);
    expect((await raw(`${redfish.url}${reset.target}`, "POST", { body: { ResetType: "On" } })).status).toBeLessThan(
      300,
    );
    await server.reached(overridable ? "other-system" : "ready");
    const after = await system(machine);
    expect(after.PowerState).toBe("On");
    if (!overridable) return;
    expect(server.boots[0]).toMatchObject({ from: "pxe", override: { persistent: false } });
    expect(after.Boot).toEqual(before.Boot);
  });
});
