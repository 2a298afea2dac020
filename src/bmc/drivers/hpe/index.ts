import type { VendorDriver } from "../redfish/vendor.ts";

/** iLO 4 to 7. ETags on everything and settings refused in POST are the client's daily bread; Gen9 has no boot mode, which the generic path sees. */
export const hpe: VendorDriver = {
  id: "hpe",
  label: "HPE iLO",
  names: /^hpe?$|^hewlett|\bilo\b|^proliant/i,
};
