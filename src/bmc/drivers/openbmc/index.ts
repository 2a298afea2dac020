import type { VendorDriver } from "../redfish/vendor.ts";

/** Stock OpenBMC (bmcweb). Names nobody: known by its manager. Values of actions stand in ActionInfo only. */
export const openbmc: VendorDriver = {
  id: "openbmc",
  label: "OpenBMC",
  names: /openbmc/i,
};
