import type { VendorDriver } from "../redfish/vendor.ts";

/** XClarity Controller and IMM2. Wants If-Match, and answers 412 to writes that follow quickly; overrides once only, which its own list of values says. */
export const lenovo: VendorDriver = {
  id: "lenovo",
  label: "Lenovo XClarity",
  names: /^lenovo|xclarity|\bxcc\b|\bimm2\b|^thinksystem/i,
  quirks: () => ["etag-required"],
};
