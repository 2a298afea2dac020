import type { VendorDriver } from "../redfish/vendor.ts";

/** iBMC: `Managers` instead of `ManagedBy` on some, which the generic path looks for too; PATCH wants If-Match. */
export const huawei: VendorDriver = {
  id: "huawei",
  label: "Huawei iBMC",
  names: /^huawei|\bibmc\b|^xfusion/i,
  quirks: () => ["etag-required"],
};
