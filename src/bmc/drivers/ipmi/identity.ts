import { seconds, type Ms } from "#base/units.ts";
import { ChassisIdentify, GetDeviceId } from "#protocols/ipmi/commands.ts";
import { CompletionCodeError } from "#protocols/ipmi/errors.ts";
import { formatGuid, identifies } from "#protocols/ipmi/guid.ts";
import type { IdentifyFacet, IdentityFacet } from "../../bmc.ts";
import type { Line, Talk } from "./line.ts";
import { manufacturer } from "./manufacturers.ts";

const hex4 = (n: number) => n.toString(16).padStart(4, "0");
/** BCD with the low nibble first: 02h is 2.0, 51h is 1.5. */
const ipmiVersion = (bcd: number) => `${bcd & 0x0f}.${bcd >> 4}`;
const firmwareVersion = (major: number, minor: number) => `${major}.${minor.toString(16).padStart(2, "0")}`;

/** Get Device ID, and the GUID that the session brought along. */
export function ipmiIdentity(line: Line): IdentityFacet {
  return {
    read: (signal) =>
      line.use(signal, async (to) => {
        const device = await to.say((session, options) => session.send(GetDeviceId, {}, options));
        const { guid } = to.session;
        return {
          ...(identifies(guid) ? { guid: formatGuid(guid) } : {}),
          manufacturer: manufacturer(device.manufacturerId),
          product: `${device.productId} (0x${hex4(device.productId)})`,
          firmware: firmwareVersion(device.firmwareMajor, device.firmwareMinor),
          ipmiVersion: ipmiVersion(device.ipmiVersion),
        };
      }),
  };
}

/** Chassis Identify takes whole seconds, 255 at most. */
const longest = seconds(255);
const wholeSeconds = (duration: Ms) => Math.ceil(Math.min(duration, longest) / 1000);

/** The locator light. */
export function ipmiIdentify(line: Line): IdentifyFacet {
  const light = (to: Talk, request: { seconds: number; force?: number }) =>
    to.say((session, options) => session.send(ChassisIdentify, request, options));

  async function forever(to: Talk): Promise<void> {
    try {
      await light(to, { seconds: 0, force: 1 });
    } catch (error) {
      // IPMI 1.5 firmware knows no "forever": as long as it can, then.
      if (!(error instanceof CompletionCodeError)) throw error;
      await light(to, { seconds: wholeSeconds(longest) });
    }
  }

  return {
    light: (duration, signal) =>
      line.use(signal, async (to) => {
        if (duration === "forever") await forever(to);
        else await light(to, { seconds: wholeSeconds(duration) });
      }),
  };
}
