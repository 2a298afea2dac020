import type { VendorDriver } from "../redfish/vendor.ts";

/** MegaRAC SP-X and what is built on it (Gigabyte, ASRock Rack, DGX, some Lenovo): target, enabled and mode must come together, with the ETag. */
export const ami: VendorDriver = {
  id: "ami",
  label: "AMI MegaRAC",
  names: /^ami$|megarac|american megatrends|^gigabyte|^giga computing|^asrock|^tyan/i,
  quirks: () => ["boot-wants-all"],
};
