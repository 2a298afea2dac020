import { expect, test } from "vitest";
import { membersOf } from "./collections.ts";
import { MalformedError, SilentError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { Resource } from "./resource.ts";
import { settingsPath, writable } from "./settings.ts";
import { references, walk } from "./walk.ts";

const ref = (path: string) => ({ "@odata.id": path });

/** A client over a table. `broken` throws when it is read. */
function tree(table: Record<string, JsonObject>, broken: Record<string, Error> = {}) {
  const read: string[] = [];
  const find = (path: string | undefined) => {
    if (path === undefined) return Promise.resolve(undefined);
    read.push(path);
    const error = broken[path];
    if (error) return Promise.reject(error);
    const json = table[path];
    return Promise.resolve(json && new Resource(path, json));
  };
  const get = async (path: string) => {
    const found = await find(path);
    if (!found) throw new MalformedError("bmc", `nothing at ${path}`);
    return found;
  };
  return { subject: "bmc", read, find, get, root: () => get("/redfish/v1/") };
}

async function all(resources: AsyncIterable<Resource>): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of resources) paths.push(path);
  return paths;
}

test("a walk reads each resource once, however the links run, and leaves out what is missing or broken", async () => {
  const table = {
    "/a": { b: ref("/a/b"), c: ref("/a/c/"), out: ref("/elsewhere"), gone: ref("/a/gone"), bad: ref("/a/bad") },
    "/a/b": { up: ref("/a"), self: ref("/a/b"), list: [ref("/a/c"), null, 3, [ref("/a/d")]] },
    "/a/c/": { around: ref("/a/b/") },
    "/a/d": {},
  };
  const reader = tree(table, { "/a/bad": new MalformedError("bmc", "junk") });
  const skipped: string[] = [];
  expect(await all(walk(reader, "/a", { onSkip: (path) => skipped.push(path) }))).toEqual([
    "/a",
    "/a/b",
    "/a/c/",
    "/a/d",
  ]);
  expect(skipped).toEqual(["/a/bad"]);
  expect(reader.read.filter((path) => path.startsWith("/a/c"))).toHaveLength(1);
});

test("a walk ends when the BMC does", async () => {
  const reader = tree({ "/a": { b: ref("/a/b") } }, { "/a/b": new SilentError("bmc", "to GET /a/b", 1000) });
  await expect(all(walk(reader, "/a"))).rejects.toMatchObject({ code: "bmc.silent" });
});

test("a tree without end is given up, in depth and in breadth", async () => {
  let reads = 0;
  const endless = (path: string) => Promise.resolve(new Resource(path, { a: ref(`${path}/${++reads}`) }));
  const reader = { subject: "bmc", get: endless, find: (path: string | undefined) => endless(path ?? "/") };
  expect(await all(walk(reader, "/a"))).toHaveLength(9);
  const broad = tree({ "/a": { all: Array.from({ length: 5000 }, (_, i) => ref(`/a/${i}`)) } });
  await expect(all(walk(broad, "/a"))).rejects.toMatchObject({ code: "redfish.too-large" });
});

test("references are found at any depth", () => {
  const json = { a: [{ b: { c: ref("/1") } }, ref("/2")], "@odata.id": "/self", n: null };
  expect([...references(new Resource("/self", json))].sort()).toEqual(["/1", "/2"]);
});

test("a collection comes page by page; a circle of pages and a member listed twice end it and count once", async () => {
  const reader = tree({
    "/c": { Members: [ref("/c/1"), ref("/c/2")], "Members@odata.nextLink": "/c?$skip=2" },
    "/c?$skip=2": { Members: [ref("/c/2"), ref("/c/3"), ref("/c/gone")], "Members@odata.nextLink": "/c" },
    "/c/1": {},
    "/c/2": {},
    "/c/3": {},
  });
  expect(await all(membersOf(reader, "/c", {}))).toEqual(["/c/1", "/c/2", "/c/3"]);
});

test("expanded members are taken only where they are whole", async () => {
  const root = { ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true, MaxLevels: 1 } } };
  const reader = tree({
    "/redfish/v1/": root,
    "/c?$expand=.($levels=1)": {
      Members: [{ ...ref("/c/1"), Id: "1", Model: "x" }, { ...ref("/c/2"), Id: "2" }, ref("/c/3")],
    },
    "/c/2": { Id: "2", Model: "y" },
    "/c/3": { Id: "3", Model: "z" },
  });
  const models: unknown[] = [];
  for await (const { json } of membersOf(reader, "/c", { expand: ["Model"] })) models.push(json["Model"]);
  expect(models).toEqual(["x", "y", "z"]);
  expect(reader.read).toEqual(["/redfish/v1/", "/c?$expand=.($levels=1)", "/c/2", "/c/3"]);
});

test("where the root promises no expansion, none is asked for", async () => {
  const reader = tree({ "/redfish/v1/": {}, "/c": { Members: [ref("/c/1")] }, "/c/1": {} });
  expect(await all(membersOf(reader, "/c", { expand: ["Model"] }))).toEqual(["/c/1"]);
});

test("a property is written where it is: in the settings resource, else in the resource itself", async () => {
  const reader = tree({
    "/s1": { Boot: {}, "@Redfish.Settings": { SettingsObject: ref("/s1/Settings") } },
    "/s1/Settings": { Boot: null },
    "/s2": { Boot: {}, "@Redfish.Settings": { SettingsObject: ref("/s2/Settings") } },
    "/s2/Settings": { AssetTag: "" },
    "/s3": { Boot: {} },
  });
  const where = async (path: string) => (await writable(reader, await reader.get(path), "Boot")).path;
  expect([await where("/s1"), await where("/s2"), await where("/s3")]).toEqual(["/s1/Settings", "/s2", "/s3"]);
  expect(settingsPath(await reader.get("/s3"))).toBeUndefined();
});
