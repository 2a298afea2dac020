import fc from "fast-check";
import { expect, test } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { canonicalMac, magicPacket, parseMac } from "./packet.ts";

test("a magic packet is six FFh and sixteen times the address", () => {
  const packet = Buffer.from(magicPacket("52:54:00:12:34:56")).toString("hex");
  expect(packet).toBe("ff".repeat(6) + "525400123456".repeat(16));
});

test("a SecureOn password of six or four bytes follows the address", () => {
  const tail = (text: string) =>
    Buffer.from(magicPacket("52:54:00:12:34:56", new Secret(text)))
      .subarray(102)
      .toString("hex");
  expect(tail("01:23:45:67:89:ab")).toBe("0123456789ab");
  expect(tail("192.0.2.1")).toBe("c0000201");
});

test("a SecureOn password that is none is refused without showing it", () => {
  const attempt = () => magicPacket("52:54:00:12:34:56", new Secret("hunter2hunter2", "env:WOL"));
  expect(attempt).toThrow(/env:WOL.*neither six bytes/);
  expect(attempt).not.toThrow(/hunter2/);
});

test.each(["52:54:00:12:34:56", "52-54-00-12-34-56", "5254.0012.3456", "525400123456", " 52:54:00:12:34:56 "])(
  "'%s' is one and the same address",
  (text) => expect(canonicalMac(text)).toBe("52:54:00:12:34:56"),
);

test.each(["", "52:54:00:12:34", "52:54:00:12:34:5g", "52:54-00:12:34:56", "5254:0012:3456", "52:54:00:12:34:56:78"])(
  "'%s' is no MAC address",
  (text) => {
    expect(() => parseMac(text)).toThrow(expect.objectContaining({ code: "wol.mac" }));
  },
);

test("whatever is given as an address, it is six bytes or an error of ours", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const result = parsed(text);
      expect(result instanceof RackhandError || result === 6).toBe(true);
    }),
  );
});

function parsed(text: string): unknown {
  try {
    return parseMac(text).length;
  } catch (error) {
    return error;
  }
}
