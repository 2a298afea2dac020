import type { Found, VendorDriver } from "../redfish/vendor.ts";
import { supermicroScreenshot } from "./screenshot.ts";

/** Boards before X11 have device names of their own, `CD/DVD` among them, and no mode. */
const isOld = (allowed: readonly string[]): boolean => allowed.includes("CD/DVD");

/**
 * X9 to X14. The firmware drops to legacy mode when the device is changed without it, and answers 200 to values that it does not know: so the whole override is
 * sent, and read back. Both `Cd` and `UsbCd` are listed; on X11 to X13 the virtual drive is `UsbCd`. HTTP boots go by the name of PXE, in UEFI mode.
 */
export const supermicro: VendorDriver = {
  id: "supermicro",
  label: "Supermicro",
  names: /^supermicro|^super micro|^smc$/i,
  quirks: (_found: Found) => ["boot-wants-all", "boot-reads-back-bootnext", "virtual-cd-is-usbcd"],
  boot: (_bench, has) => ({
    targets: (device, allowed) => {
      if (device === "cd" && !isOld(allowed) && has("virtual-cd-is-usbcd") && !has("virtual-cd-is-cd"))
        return ["UsbCd", "Cd"];
      if (device === "http" && !isOld(allowed)) return ["UefiHttp", "Pxe"];
      return undefined;
    },
  }),
  screenshot: supermicroScreenshot,
};
