import type { VendorDriver } from "../redfish/vendor.ts";

/** Intel's own boards: the system's id is the board's serial number; collections list chassis that are not there. Both are the generic path's. */
export const intel: VendorDriver = {
  id: "intel",
  label: "Intel server BMC",
  names: /^intel\b/i,
};
