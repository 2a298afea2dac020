import type { CommandSpec, OptionSpec } from "../spec.ts";
import { machine, why } from "./words.ts";

const wakeOptions: readonly OptionSpec[] = [
  { flags: "--tries <n>", summary: "how many tries in all (else the estate's; 6)" },
  {
    flags: "--within <duration>",
    summary: "how long one try may take until it is ready (180s, 5m; else the estate's)",
  },
  { flags: "--between <how>", summary: "what is done between two tries", values: ["reset", "cycle", "off-on"] },
  {
    flags: "--reset-if-on",
    summary: "allow resets also when it was on before (else only what this run switched on is reset)",
  },
];
const hardAfter: OptionSpec = {
  flags: "--hard-after <duration>",
  summary: "switch off hard when the clean shutdown has not ended by then (else never)",
};

const together =
  "Any number of terminals may ask for the same thing: the later ones join the run that is there. Ctrl-C takes back only your own wish; the run is cancelled when nobody else wants it.";

/** Ensured power: what makes runs of several steps. */
export const ensuredCommands: readonly CommandSpec[] = [
  {
    name: "wake",
    summary: "ensured power: on, and reset until the machine does its job",
    arguments: [machine],
    options: [...wakeOptions, why],
    changes: true,
    details: [
      "Switches the machine on and looks through its probe `ready` until it is; not ready in time: reset, and again, up to the number of tries. Resets freely only what this run itself switched on.",
      together,
    ],
    examples: [
      ["rackhand wake backup01", ""],
      ["rackhand wake backup01 --json | tail -n1", "the result: tries, seconds, run"],
    ],
    load: () => import("../commands/wake.ts"),
  },
  {
    name: "run",
    summary: "wake a machine, do a job, put the power back as it was",
    usage: "[options] <machine> -- <command...>",
    arguments: [machine, { name: "command", summary: "the job, after --", optional: true, variadic: true }],
    options: [
      {
        flags: "--job <name>",
        summary: "a job that the estate declares for this machine, instead of a command",
        values: "jobs",
      },
      {
        flags: "--after <what>",
        summary: "the power afterwards (default: restore, or what the job declares)",
        values: ["restore", "stop", "keep"],
      },
      hardAfter,
      ...wakeOptions,
      why,
    ],
    changes: true,
    details: [
      "The power is put back also when the job fails, when you press Ctrl-C and when the terminal closes. The job's output goes to stdout and stderr and is kept with the run.",
      "Exits with the job's own code. 125: rackhand itself failed on the way (the machine did not wake, say). 2, 3 and 4 (as everywhere): nothing was begun.",
      together,
    ],
    examples: [
      ["rackhand run backup01 -- pyznap send", ""],
      ["rackhand run backup01 --job pull-snapshots", "what `rackhand schedule print` writes for cron"],
    ],
    load: () => import("../commands/run.ts"),
  },
  {
    name: "stop",
    summary: "shut a machine down cleanly, and prove that it is off",
    arguments: [machine],
    options: [
      { flags: "--within <duration>", summary: "how long the clean shutdown may take (else the estate's; 5m)" },
      hardAfter,
      why,
    ],
    changes: true,
    details: ["Off counts when it is read twice. Hard off only when told.", together],
    load: () => import("../commands/stop.ts"),
  },
];
