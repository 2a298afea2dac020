import { describe, expect, test } from "vitest";
import { Duration, hostAndPort, MacAddress, Name, parseHostPort } from "./fields.ts";

describe("host and port", () => {
  test.each([
    ["nas.example.net", { host: "nas.example.net" }],
    ["192.0.2.10:624", { host: "192.0.2.10", port: 624 }],
    ["2001:db8::1", { host: "2001:db8::1" }],
    ["[2001:db8::1]", { host: "2001:db8::1" }],
    ["[2001:db8::1]:22", { host: "2001:db8::1", port: 22 }],
    ["::1", { host: "::1" }],
  ])("%s is read", (text, parsed) => {
    expect(parseHostPort(text)).toEqual(parsed);
  });

  test.each([
    "",
    ":22",
    "host:",
    "host:0",
    "host:65536",
    "host:ssh",
    "a b",
    "http://x",
    "user@host",
    "[nas]:22",
    "1:2:3",
  ])("%s is refused", (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  test("the port may be left out only where there is a usual one", () => {
    expect(hostAndPort(22).parse("nas")).toEqual({ host: "nas", port: 22 });
    expect(hostAndPort().safeParse("nas").error?.issues[0]?.message).toContain("host:port");
  });
});

test("durations become milliseconds; a bare number is asked for its unit", () => {
  expect(Duration.parse("1h30m")).toBe(5_400_000);
  expect(Duration.safeParse(180).error?.issues[0]?.message).toContain("180 of what?");
  expect(Duration.safeParse("soon").success).toBe(false);
});

test("MAC addresses are given back in one form", () => {
  expect(MacAddress.parse("52-54-00-AB-CD-EF")).toBe("52:54:00:ab:cd:ef");
  expect(MacAddress.safeParse("52:54-00:ab:cd:ef").success).toBe(false);
});

test("names are fit for file names and command lines", () => {
  for (const name of ["backup01", "rack3-07.mgmt", "a"]) expect(Name.safeParse(name).success).toBe(true);
  for (const name of ["", "-a", "a/b", "a b", "a.", "../x", "ü"]) expect(Name.safeParse(name).success).toBe(false);
});
