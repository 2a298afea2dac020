import { ami } from "./drivers/ami/index.ts";
import { cisco } from "./drivers/cisco/index.ts";
import { cray } from "./drivers/cray/index.ts";
import { dell } from "./drivers/dell/index.ts";
import { fujitsu } from "./drivers/fujitsu/index.ts";
import { hpe } from "./drivers/hpe/index.ts";
import { huawei } from "./drivers/huawei/index.ts";
import { intel } from "./drivers/intel/index.ts";
import { lenovo } from "./drivers/lenovo/index.ts";
import { nvidia } from "./drivers/nvidia/index.ts";
import { openbmc } from "./drivers/openbmc/index.ts";
import type { Found, VendorDriver } from "./drivers/redfish/vendor.ts";
import { supermicro } from "./drivers/supermicro/index.ts";

/** Every vendor with habits of its own. Who is not here goes the generic path. */
const vendors: readonly VendorDriver[] = [
  ami,
  cisco,
  cray,
  dell,
  fujitsu,
  hpe,
  huawei,
  intel,
  lenovo,
  nvidia,
  openbmc,
  supermicro,
];

export const vendorOf = (id: string | undefined): VendorDriver | undefined => vendors.find((one) => one.id === id);

/** Whose controller this is, by what it says of itself, in the handbook's order (3.1); undefined: nobody's whom we know. */
export function recogniseVendor(found: Found): VendorDriver | undefined {
  const special = vendors.find((one) => one.recognises?.(found));
  if (special) return special;
  for (const clue of cluesOf(found)) {
    const vendor = vendors.find((one) => one.names.test(clue));
    if (vendor) return vendor;
  }
  return undefined;
}

function cluesOf(found: Found): readonly string[] {
  const { rootOem, vendor, product, maker, managerMaker, firmware, managerModel, managerOem, managerName } = found;
  const clues = [...rootOem, vendor, product, maker, managerMaker, firmware, managerModel, ...managerOem, managerName];
  return clues.filter((clue) => clue !== undefined && clue !== "") as string[];
}
