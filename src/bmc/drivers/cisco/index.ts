import type { VendorDriver } from "../redfish/vendor.ts";

/** CIMC: systems by serial number; no boot mode on M5; an unchanged Enabled is refused, so only changes are sent, which is the generic way. */
export const cisco: VendorDriver = {
  id: "cisco",
  label: "Cisco CIMC",
  names: /^cisco|\bcimc\b/i,
};
