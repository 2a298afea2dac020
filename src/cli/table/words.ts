import type { ArgumentSpec, OptionSpec } from "../spec.ts";

export const machine: ArgumentSpec = { name: "machine", summary: "its name in the estate", values: "machines" };
export const why: OptionSpec = { flags: "-m, --why <text>", summary: "why, for the record of the run" };
