import { expect, test } from "vitest";
import { BootFlags, ValidBitClearing } from "./boot-options.ts";
import * as commands from "./commands.ts";
import { MalformedError } from "./errors.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const from = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const flags = {
  clearCmos: false,
  lockKeyboard: false,
  blankScreen: false,
  lockReset: false,
  data3: 0,
  data4: 0,
  data5: 0,
};

test("one-time UEFI PXE is 05 A0 04 00 00 00, as ipmitool sends it", () => {
  const data = BootFlags.encode({ ...flags, valid: true, persistent: false, uefi: true, device: "pxe" });
  expect(hex(commands.SetSystemBootOptions.request.encode({ markInvalid: false, parameter: 5, data }))).toBe(
    "05a004000000",
  );
});

test("a lasting legacy disk override is C0 08", () => {
  expect(hex(BootFlags.encode({ ...flags, valid: true, persistent: true, uefi: false, device: "disk" }))).toBe(
    "c008000000",
  );
});

test("boot flags read back name device, validity, persistence and UEFI", () => {
  const answer = commands.GetSystemBootOptions.response.decode(from("01 05 e0 14 00 00 00"));
  expect(answer).toMatchObject({ version: 1, markedInvalid: false, parameter: 5 });
  expect(BootFlags.decode(answer.data)).toMatchObject({ valid: true, persistent: true, uefi: true, device: "cd" });
});

test("parameter 3 with 08h keeps the override past 60 s", () => {
  const clearing = { pefReset: false, commandTimeout: true, watchdog: false, resetButton: false, powerButton: false };
  expect(hex(ValidBitClearing.encode(clearing))).toBe("08");
});

test("a chassis status is read bit by bit, with and without its fourth byte", () => {
  const read = commands.GetChassisStatus.response.decode;
  expect(read(from("61 11 60 0f"))).toMatchObject({
    power: "on",
    restorePolicy: "unknown",
    lastOnByCommand: true,
    acFailed: true,
    identifySupported: true,
    identify: "forever",
    frontPanel: 0x0f,
  });
  const short = read(from("20 00 00"));
  expect(short).toMatchObject({ power: "off", restorePolicy: "previous", identify: "off" });
  expect(short).not.toHaveProperty("frontPanel");
  expect(() => read(from("20 00"))).toThrow(MalformedError);
});

test("a device id gives maker and product least significant byte first", () => {
  const id = commands.GetDeviceId.response.decode(from("20 81 03 45 02 bf 7c 2a 00 aa 1b"));
  expect(id).toMatchObject({
    deviceId: 0x20,
    providesSdrs: true,
    deviceRevision: 1,
    firmwareMajor: 3,
    firmwareMinor: 0x45,
    manufacturerId: 10876,
    productId: 0x1baa,
  });
  expect(id.auxiliary).toBeUndefined();
});

test("a reset, cycle, NMI or soft shutdown may be sent once only, on and off may be said again", () => {
  const effects = (
    ["powerUp", "powerDown", "powerCycle", "hardReset", "diagnosticInterrupt", "softShutdown"] as const
  ).map((action) => commands.ChassisControl.effect({ action }));
  expect(effects).toEqual(["sets", "sets", "once", "once", "once", "once"]);
});

test("each command's request survives encoding and decoding", () => {
  const { request } = commands.CloseSession;
  expect(hex(request.encode({ managedSessionId: 0x11223344 }))).toBe("44332211");
  expect(request.decode(from("00000000 07"))).toEqual({ managedSessionId: 0, handle: 7 });
  expect(hex(commands.ChassisIdentify.request.encode({ seconds: 15 }))).toBe("0f");
  expect(
    hex(
      commands.GetChannelAuthenticationCapabilities.request.encode({
        extended: true,
        channel: 14,
        privilege: "administrator",
      }),
    ),
  ).toBe("8e04");
});
