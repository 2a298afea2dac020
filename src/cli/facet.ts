import { RackhandError } from "#base/errors.ts";
import type { Bmc } from "#bmc/bmc.ts";
import type { Call } from "./call.ts";

/** Asks one facet of a machine's controller. Throws RackhandError `facet.absent` when the controller does not have it. Starts no database. */
export async function askFacet<F, T>(
  call: Call,
  what: string,
  facet: (bmc: Bmc) => F | undefined,
  ask: (facet: F) => Promise<T>,
): Promise<T> {
  const machine = call.argument(0);
  const handle = await (await call.app()).machine(machine);
  await using bmc = await handle.bmc();
  await bmc.contact?.(call.signal);
  const found = facet(bmc);
  if (found !== undefined) return await ask(found);
  throw new RackhandError("facet.absent", `its controller tells no ${what}`, {
    subject: machine,
    advice: bmc.protocols?.some(({ protocol, state }) => protocol === "redfish" && state === "works")
      ? "this firmware does not offer it"
      : `that takes Redfish; look at what it speaks: rackhand probe ${machine}`,
  });
}
