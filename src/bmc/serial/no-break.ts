import { UsageError } from "#base/errors.ts";

/** Ways that carry bytes only. */
export function noBreak(machine: string, how: string): Promise<never> {
  return Promise.reject(
    new UsageError("console.no-break", `no break can be sent ${how}`, {
      subject: machine,
      advice: "SOL can: console: { serial: sol }",
    }),
  );
}
