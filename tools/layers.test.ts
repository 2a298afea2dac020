import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breach, foreignPackage, layers, partOf } from "./layers.ts";

const source = join(import.meta.dirname, "../src");

test("every folder of src is a part of the table", () => {
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const unknown = folders.filter(({ name }) => partOf(`${name}/x/y.ts`) === undefined);
  expect(unknown.map(({ name }) => name)).toEqual([]);
});

test("no part knows, through whatever chain, one that knows it", () => {
  const reach = (part: string, seen: Set<string>): Set<string> => {
    for (const next of layers[part] ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  for (const part of Object.keys(layers)) expect(reach(part, new Set()), part).not.toContain(part);
});

test("an island is a part of its own and does not know its siblings", () => {
  expect(partOf("protocols/ipmi/codec/packet.ts")).toEqual({ name: "protocols/ipmi", line: "protocols/*" });
  expect(breach("protocols/ipmi/session.ts", "protocols/ssh/client.ts")).toContain("may not know protocols/ssh");
  expect(breach("protocols/ipmi/session.ts", "base/units.ts")).toBeUndefined();
});

test("imports flow down, to public files only", () => {
  expect(breach("base/clock.ts", "bmc/bmc.ts")).toContain("base may not know bmc");
  expect(breach("app/app.ts", "simulator/fleet.ts")).toContain("app may not know simulator");
  expect(breach("cli/main.ts", "simulator/lab.ts")).toBeUndefined();
  expect(breach("bmc/connect.ts", "protocols/ipmi/session.ts")).toBeUndefined();
  expect(breach("bmc/connect.ts", "protocols/ipmi/codec/packet.ts")).toContain("private to protocols/ipmi");
  expect(breach("workflows/wake/steps.ts", "workflows/stop/steps.ts")).toBeUndefined();
  expect(breach("app/engine.ts", "workflows/wake/index.ts")).toBeUndefined();
  expect(breach("app/engine.ts", "workflows/wake/steps.ts")).toContain("private to workflows");
  expect(breach("probes/look.ts", "protocols/ipmi/session.ts")).toContain("may not know protocols/ipmi");
  expect(breach("stray/x.ts", "base/units.ts")).toContain("belongs to no part");
});

test("a package with an owner is known to its owner only", () => {
  expect(foreignPackage("workflows/wake/steps.ts", "@dbos-inc/dbos-sdk")).toContain("only engine");
  expect(foreignPackage("engine/start.ts", "@dbos-inc/dbos-sdk")).toBeUndefined();
  expect(foreignPackage("cli/main.ts", "zod")).toBeUndefined();
});
