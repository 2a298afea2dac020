import type { VendorDriver } from "../redfish/vendor.ts";
import { attributeRoad } from "./boot.ts";
import { dellScreenshot } from "./screenshot.ts";

/**
 * iDRAC 7 to 10. Virtual CD is reached by the OEM pair of attributes only: `Cd` is the physical drive on 7 and 8, and has booted the installed system on 9 and 10.
 * Without ForceRestart (7, 8, early 9) a reset is off and on; without GracefulShutdown a shutdown is a push of the button: both by the generic path.
 */
export const dell: VendorDriver = {
  id: "dell",
  label: "Dell iDRAC",
  names: /^dell|idrac|integrated dell remote access/i,
  boot: attributeRoad,
  screenshot: dellScreenshot,
};
