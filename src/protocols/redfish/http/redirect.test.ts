import { expect, test } from "vitest";
import { redirected } from "./redirect.ts";

const peer = {
  subject: "bmc",
  host: "192.0.2.10",
  port: 443,
  secure: true,
  legacy: false,
  pin: undefined,
  onPin: () => {},
  ticket: undefined,
};
const go = (location: string, method = "GET", path = "/redfish/v1", status = 308) =>
  redirected({ method, path, headers: {} }, { status, headers: { location }, body: Buffer.alloc(0) }, peer);

test("a slash more or less is followed, whatever the method and the host in it", () => {
  expect(go("/redfish/v1/")).toBe("/redfish/v1/");
  expect(go("https://ilo.internal/redfish/v1/", "POST", "/redfish/v1", 301)).toBe("/redfish/v1/");
  expect(go("/redfish/v1", "GET", "/redfish/v1/")).toBe("/redfish/v1");
});

test("another resource of the same BMC is followed when the method stays", () => {
  expect(go("/redfish/v1/Systems/2", "GET", "/redfish/v1/Systems/1", 302)).toBe("/redfish/v1/Systems/2");
  expect(go("/redfish/v1/Systems/2", "PATCH", "/redfish/v1/Systems/1", 307)).toBe("/redfish/v1/Systems/2");
  expect(() => go("/redfish/v1/Systems/2", "POST", "/redfish/v1/Systems/1", 302)).toThrow("redirects");
});

test.each([
  "https://evil.example/redfish/v1/x",
  "http://192.0.2.10/redfish/v1/",
  "https://192.0.2.10:8443/redfish/v1/x",
  "/login.html",
  "http://[",
  "//evil.example/redfish/v1/x",
])("credentials do not follow to %s", (location) => {
  expect(() => go(location)).toThrow(expect.objectContaining({ code: "redfish.redirect" }));
});

test("to itself, and without an address, it is no redirect", () => {
  expect(go("/redfish/v1")).toBeUndefined();
  expect(
    redirected({ method: "GET", path: "/", headers: {} }, { status: 304, headers: {}, body: Buffer.alloc(0) }, peer),
  ).toBeUndefined();
});
