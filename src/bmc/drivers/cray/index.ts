import type { VendorDriver } from "../redfish/vendor.ts";

/** HPE Cray EX: one controller, several nodes; `Off` asks the system to shut down; no boot overrides; its firmware's version stands in the update service. */
export const cray: VendorDriver = {
  id: "cray",
  label: "HPE Cray EX",
  names: /\bcray\b/i,
  recognises: ({ model, offers }) => /\bcray\b/i.test(model ?? "") || offers.includes("Cray"),
};
