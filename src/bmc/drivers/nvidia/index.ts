import type { VendorDriver } from "../redfish/vendor.ts";

/** NVIDIA's OpenBMC on GB200 trays and BlueField: GPU baseboards are systems too, without power and boot; overrides are written to the settings resource. */
export const nvidia: VendorDriver = {
  id: "nvidia",
  label: "NVIDIA OpenBMC",
  names: /^nvidia|mellanox|bluefield/i,
};
