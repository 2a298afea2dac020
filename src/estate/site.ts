import { z } from "zod";
import { Name } from "./fields.ts";
import { MachineDefaults } from "./machine.ts";
import { EstateProbe } from "./probes.ts";

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** A place: what its machines have in common. */
export const Site = z
  .strictObject({
    kind: z.literal("Site"),
    name: Name.describe("Unique among Sites."),
    timezone: z
      .string()
      .refine(isTimeZone, "is not a time zone (Europe/Vienna)")
      .exactOptional()
      .describe("Time zone of its schedules."),
    witness: z
      .array(EstateProbe)
      .exactOptional()
      .describe(
        "Probes of things that are up whenever the site's network is. While all of them fail, no machine of the site is reset.",
      ),
    defaults: MachineDefaults.exactOptional().describe("What every machine of the site has unless it says otherwise."),
    roles: z
      .record(Name, MachineDefaults)
      .exactOptional()
      .describe("The same per role; a role's defaults outrank the site's, a machine outranks both."),
  })
  .meta({ id: "Site", description: "A place: what its machines have in common." });
export type Site = z.infer<typeof Site>;
