import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "./json.ts";
import {
  at,
  flag,
  link,
  links,
  list,
  members,
  number,
  object,
  objects,
  pathOf,
  Resource,
  text,
  texts,
  time,
} from "./resource.ts";

const system = new Resource(
  "/redfish/v1/Systems/1",
  {
    Model: " PowerEdge\u0007 R750\u001b[31m ",
    Manufacturer: null,
    SKU: 4711,
    Boot: { "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", null, "Pxe", 7] },
    MemorySummary: { TotalSystemMemoryGiB: "256" },
    LastResetTime: "0000-00-00T00:00:00+00:00",
    Created: "2024-05-01T10:00:00+02:00",
    Enabled: "True",
    Links: {
      ManagedBy: [{ "@odata.id": "/redfish/v1/Managers/1" }, { "@odata.id": "/redfish/v1/Managers/1" }, null, 3],
    },
    Chassis: { href: "/rest/v1/Chassis/1" },
    Bios: { "@odata.id": "https://bmc.internal:8443/redfish/v1/Systems/1/Bios#/Attributes" },
  },
  { allow: "get, Patch" },
);

test("values are read whatever their type is", () => {
  expect(text(system, "Model")).toBe("PowerEdge  R750 [31m");
  expect(text(system, "Manufacturer")).toBeUndefined();
  expect(text(system, "SKU")).toBe("4711");
  expect(number(system, "MemorySummary", "TotalSystemMemoryGiB")).toBe(256);
  expect(number(system, "Model")).toBeUndefined();
  expect(flag(system, "Enabled")).toBe(true);
  expect(flag(system, "Model")).toBeUndefined();
  expect(texts(system, "Boot", "BootSourceOverrideTarget@Redfish.AllowableValues")).toEqual(["None", "Pxe", "7"]);
  expect(system.allow).toEqual(["GET", "PATCH"]);
});

test("a date that is none is none", () => {
  expect(time(system, "LastResetTime")).toBeUndefined();
  expect(time(system, "Created")?.toISOString()).toBe("2024-05-01T08:00:00.000Z");
  expect(time({ EndTime: "TIME_NA" }, "EndTime")).toBeUndefined();
});

test("a missing, null or single value makes a list", () => {
  expect(list(system, "Nothing")).toEqual([]);
  expect(members({ Members: null })).toEqual([]);
  expect(list({ a: "x" }, "a")).toEqual(["x"]);
  expect(objects({ a: [{ b: 1 }, null, 2] }, "a")).toEqual([{ b: 1 }]);
  expect(object({ a: [] }, "a")).toBeUndefined();
});

test("references become paths on this BMC, whatever host they name", () => {
  expect(links(system, "Links", "ManagedBy")).toEqual(["/redfish/v1/Managers/1"]);
  expect(link(system, "Chassis")).toBe("/rest/v1/Chassis/1");
  expect(link(system, "Bios")).toBe("/redfish/v1/Systems/1/Bios");
  expect(link({ a: "Systems" }, "a")).toBeUndefined();
  expect(pathOf("//evil.example/redfish/v1")).toBe("/redfish/v1");
  expect(pathOf("Sessions/7", "/redfish/v1/SessionService/")).toBe("/redfish/v1/SessionService/Sessions/7");
  expect(pathOf("/redfish/v1/a b\r\nX: y")).not.toMatch(/[\s]/);
  expect(pathOf("javascript:alert(1)")).toBeUndefined();
  expect(pathOf("")).toBeUndefined();
});

test("inherited properties are not there", () => {
  expect(at(system, "constructor")).toBeUndefined();
  expect(at({ a: "text" }, "a", "length")).toBeUndefined();
  expect(at({ a: [1] }, "a", "length")).toBe(1);
  expect(at(JSON.parse('{"__proto__":{"x":1}}') as Json, "x")).toBeUndefined();
});

test("no JSON makes a reader throw", () => {
  const readers = [text, number, flag, time, object, list, objects, texts, link, links];
  expect(readers).toHaveLength(10);
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.oneof(fc.string(), fc.nat(3)), { maxLength: 3 }), (json, keys) => {
      expect(() => readers.map((reader) => reader(json as Json, ...keys))).not.toThrow();
    }),
  );
});

test("a path never leaves the BMC and is always fit for a request line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl()), (reference) => {
      expect(pathOf(reference) ?? "/").toMatch(/^\/[\x21-\x7e]*$/);
    }),
  );
});
