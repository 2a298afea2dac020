import fc from "fast-check";
import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { raw } from "../../../test/support/redfish-raw.ts";
import { startBmc } from "../machine.ts";
import { keyOf, merge, type Resource } from "./json.ts";

const words = [
  "redfish",
  "v1",
  "Systems",
  "1",
  "Managers",
  "BMC",
  "Actions",
  "ComputerSystem.Reset",
  "Sessions",
  "%",
  "..",
  "?$expand=*",
  "#",
];
const path = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.webSegment()), { maxLength: 7 })
  .map((parts) => `/${parts.join("/")}`);
const names = [
  "Boot",
  "BootSourceOverrideTarget",
  "BootSourceOverrideEnabled",
  "ResetType",
  "UserName",
  "Password",
  "Attributes",
  "IPMI",
];
const value = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.jsonValue({ maxDepth: 1 }), tie("object")),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie("value"), { maxKeys: 4 }),
})).value;

test("whatever is asked, the service answers, and goes on answering", async () => {
  await using machine = await startBmc({ name: "web01", clock: scaledClock(100), redfish: { scheme: "http" } });
  const { url } = machine.redfish;
  const method = fc.constantFrom("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE");
  await fc.assert(
    fc.asyncProperty(method, path, fc.oneof(value, fc.string()), async (method, path, body) => {
      const reply = await raw(`${url}${path}`, method, {
        body: method === "GET" || method === "HEAD" ? undefined : body,
      });
      expect(reply.status).toBeGreaterThanOrEqual(200);
      expect(reply.status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect((await raw(`${url}/redfish/v1`)).status).toBe(200);
});

test("bodies for the system itself do no harm either", async () => {
  await using machine = await startBmc({ name: "web01", clock: scaledClock(100), redfish: { scheme: "http" } });
  const { url } = machine.redfish;
  const targets = [
    "/redfish/v1/Systems/1",
    "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
    "/redfish/v1/SessionService/Sessions",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("POST", "PATCH"),
      fc.constantFrom(...targets),
      value,
      async (method, path, body) => {
        const reply = await raw(`${url}${path}`, method, { body: body ?? null });
        expect(reply.status).toBeLessThan(500);
      },
    ),
    { numRuns: 200 },
  );
  expect((await raw(`${url}/redfish/v1/Systems/1`)).body.PowerState).toMatch(/^(On|Off)$/);
});

test("two paths with the same key differ in case, percent signs and slashes only", () => {
  fc.assert(
    fc.property(
      fc.string(),
      (path) =>
        keyOf(`${path}//`) === keyOf(path.toUpperCase()) || path.toUpperCase().toLowerCase() !== path.toLowerCase(),
    ),
  );
  expect(keyOf("/A/iDRAC.Embedded.1%23NIC.1/")).toBe(keyOf("/a/iDRAC.Embedded.1#NIC.1"));
  expect(keyOf("/100%")).toBe("/100%");
});

test("merging changes nothing that was there", () => {
  const base: Resource = { Boot: { Target: "None", Mode: "UEFI" }, Members: [1] };
  const frozen = structuredClone(base);
  expect(merge(base, { Boot: { Target: "Pxe" }, Members: [2] })).toEqual({
    Boot: { Target: "Pxe", Mode: "UEFI" },
    Members: [2],
  });
  expect(base).toEqual(frozen);
});
