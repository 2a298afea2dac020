import { z } from "zod";
import { cronProblem } from "./cron.ts";
import { seconds } from "#base/units.ts";
import { durationFrom, Host, HostKey, Name, Port } from "./fields.ts";

const Schedule = z.string().superRefine((text, context) => {
  const message = cronProblem(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const Where = z.union([
  z.literal("local"),
  z.strictObject({
    ssh: z
      .strictObject({
        host: Host.describe("Host to log in to."),
        port: Port.default(22).describe("TCP port."),
        credentials: Name.describe("Name of a Credentials document with `for: [ssh]`."),
        hostKey: HostKey.exactOptional().describe("Fingerprint that the host key must have."),
      })
      .describe("Logs in there and runs it."),
  }),
]);

/** A command that needs the machine awake. */
export const Job = z
  .strictObject({
    schedule: Schedule.exactOptional().describe(
      "When, in cron's five fields or @daily and its like; `rackhand schedule print` writes crontab lines and systemd timers.",
    ),
    command: z.array(z.string()).min(1, "must name a program").describe("Program and arguments, no shell."),
    where: Where.default("local").describe("`local`, or over SSH."),
    after: z
      .enum(["restore", "stop", "keep"])
      .default("restore")
      .describe("Power afterwards: as it was, off, or left on."),
    timeout: durationFrom(seconds(1)).exactOptional().describe("Ended after this."),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;
