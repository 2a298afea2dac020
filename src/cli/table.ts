import type { ArgumentSpec, CommandSpec, OptionSpec } from "./spec.ts";
import { controllerCommands } from "./table/controllers.ts";
import { machine, why } from "./table/words.ts";

const run: ArgumentSpec = {
  name: "run",
  summary: "the run's id, or as much of its beginning as is unique",
  values: "runs",
};
const bySite: OptionSpec = { flags: "--site <name>", summary: "all machines of a site", values: "sites" };
const byRole: OptionSpec = { flags: "--role <name>", summary: "all machines of a role", values: "roles" };
const all: OptionSpec = { flags: "--all", summary: "all machines of the estate" };

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

/** All commands, in the order in which help shows them. */
export const table: readonly CommandSpec[] = [
  {
    name: "init",
    summary: "scaffold an estate: the folder with everything declared",
    arguments: [{ name: "dir", summary: "the folder (default: here)", optional: true, values: "folders" }],
    examples: [["rackhand init servers", "writes rackhand.yaml, an example machine and its credentials"]],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "check",
    summary: "validate the estate, without any network",
    details: [
      "Every error comes with file, line and column. For the estate's own CI: exit code 0 means that all of it is valid, 2 that it is not.",
    ],
    load: () => import("./commands/check.ts"),
  },
  {
    name: "machines list",
    summary: "the machines of the estate",
    options: [bySite, byRole],
    load: () => import("./commands/machines-list.ts"),
  },
  {
    name: "machines show",
    summary: "one machine: what is declared, and what was seen",
    arguments: [machine],
    options: [{ flags: "--history", summary: "also how many tries its wakes took (starts the database)" }],
    load: () => import("./commands/machines-show.ts"),
  },
  ...controllerCommands,
  {
    name: "power",
    summary: "switch machines on or off, or see which they are",
    usage: "[options] <machine...> on|off|cycle|reset|soft|nmi|status",
    arguments: [
      {
        name: "machine",
        summary: "names of machines, then what to do: on, off, cycle, reset, soft, nmi or status",
        variadic: true,
        values: "machines",
      },
    ],
    options: [all, bySite, byRole, why],
    changes: true,
    many: true,
    details: [
      "on and off are proven: read, act if needed, read back. off cuts the power at once; soft asks the system to shut down (`rackhand stop` also proves it). cycle and reset act once, on a machine that is on.",
      "status starts no database and asks all machines at once; its exit code is 0 only when all answered.",
    ],
    examples: [
      ["rackhand power backup01 status", ""],
      ["rackhand power web1 web2 web3 on", "shows the list and wants its number typed"],
      ["rackhand power --site home --yes=12 soft", "for scripts: 12 must be the number of machines"],
    ],
    load: () => import("./commands/power.ts"),
  },
  {
    name: "boot",
    summary: "set or show what a machine boots next",
    arguments: [
      machine,
      {
        name: "device",
        summary: "where to boot from (left out: show what is set)",
        optional: true,
        values: ["pxe", "disk", "cd", "bios", "http", "none"],
      },
    ],
    options: [
      { flags: "--once", summary: "for the next boot only (default)" },
      { flags: "--always", summary: "until it is set otherwise" },
      { flags: "--uefi", summary: "boot in UEFI mode" },
      { flags: "--legacy", summary: "boot in BIOS mode" },
      why,
    ],
    changes: true,
    details: ["The setting is read back. What the BMC did not keep is said."],
    load: () => import("./commands/boot.ts"),
  },
  {
    name: "console",
    summary: "sit at a machine's serial console",
    arguments: [machine],
    options: [
      { flags: "--watch", summary: "only read; leave with Ctrl-C" },
      { flags: "--take", summary: "take it over from whoever has it, without being asked" },
    ],
    details: [
      "Every key goes to the machine. At the beginning of a line ~. leaves, ~b sends a break, ~? helps, ~~ types a ~.",
      "Somebody else's console is taken over only when you agree; one that was taken from us is not taken back. A lost connection is made anew, and the place is marked where characters may be missing.",
      "The way is what the estate says (console: { serial: … }): SOL, SSH to the controller, TCP or a WebSocket.",
    ],
    examples: [
      ["rackhand console web1", ""],
      ["rackhand console web1 --watch > web1.log", "marks gaps in the output"],
    ],
    load: () => import("./commands/console.ts"),
  },
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
    load: () => import("./commands/wake.ts"),
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
    load: () => import("./commands/run.ts"),
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
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "runs list",
    summary: "what was and is being done",
    options: [
      { flags: "--machine <name>", summary: "only of this machine", values: "machines" },
      {
        flags: "--only <state>",
        summary: "only in this state",
        values: ["running", "asking", "done", "failed", "cancelled", "unfinished"],
      },
      { flags: "--workflow <name>", summary: "only of this kind", values: ["wake", "run", "stop", "power", "boot"] },
      { flags: "--limit <n>", summary: "at most so many, newest first (default 20)" },
    ],
    load: () => import("./commands/runs-list.ts"),
  },
  {
    name: "runs show",
    summary: "one run: its steps, evidence and result",
    arguments: [run],
    load: () => import("./commands/runs-show.ts"),
  },
  {
    name: "runs follow",
    summary: "watch a run until it ends; Ctrl-C only stops watching",
    arguments: [run],
    load: () => import("./commands/runs-follow.ts"),
  },
  {
    name: "runs decide",
    summary: "answer a run that asks",
    arguments: [run, { name: "choice", summary: "one of the choices that it offers" }],
    load: () => import("./commands/runs-decide.ts"),
  },
  {
    name: "runs resume",
    summary: "go on with a run whose process is gone, or which failed",
    arguments: [run],
    options: [{ flags: "--from <step>", summary: "do this step and all after it again (its title, or its number)" }],
    load: () => import("./commands/runs-resume.ts"),
  },
  {
    name: "runs cancel",
    summary: "end a run, whoever started it; what it holds is given back",
    arguments: [run],
    load: () => import("./commands/runs-cancel.ts"),
  },
  {
    name: "schedule print",
    summary: "crontab lines and systemd timers for the jobs that the estate declares",
    arguments: [{ name: "machine", summary: "only of this machine", optional: true, values: "machines" }],
    options: [{ flags: "--format <what>", summary: "only one of the two", values: ["crontab", "systemd"] }],
    load: () => import("./commands/schedule-print.ts"),
  },
  {
    name: "backup",
    summary: "write the whole database to a file, readable by any later version",
    arguments: [{ name: "file", summary: "where to; replaced as a whole when it exists", values: "files" }],
    load: () => import("./commands/backup.ts"),
  },
  {
    name: "restore",
    summary: "read a backup into an empty database",
    arguments: [{ name: "file", summary: "what `backup` wrote", values: "files" }],
    options: [{ flags: "--replace", summary: "also when the database is not empty; what is in it is lost" }],
    load: () => import("./commands/restore.ts"),
  },
  {
    name: "lab up",
    summary: "start a simulated fleet to try everything on, no hardware needed",
    arguments: [
      { name: "dir", summary: "the folder of its estate (default: rackhand-lab)", optional: true, values: "folders" },
    ],
    load: () => import("./commands/lab-up.ts"),
  },
  {
    name: "lab down",
    summary: "end the simulated fleet",
    arguments: [
      { name: "dir", summary: "the folder of its estate (default: rackhand-lab)", optional: true, values: "folders" },
    ],
    load: () => import("./commands/lab-down.ts"),
  },
  {
    name: "lab demo",
    summary: "watch a reluctant simulated server being woken, live; cleans up after itself",
    load: () => import("./commands/lab-demo.ts"),
  },
  {
    name: "screen read",
    summary: "read pictures of consoles as text",
    arguments: [{ name: "file", summary: "PNG or JPEG pictures", variadic: true, values: "files" }],
    options: [{ flags: "--out <dir>", summary: "write each as NAME.txt into this folder", values: "folders" }],
    details: [
      "Finds grid and font by looking. Undamaged pictures are read glyph by glyph, exactly; scaled and compressed ones by likeness; Tesseract only where there is no grid.",
      "What cannot be read is U+FFFD. Needs no estate; the fonts in an estate's folder `fonts` are used too.",
    ],
    examples: [["rackhand screen read console.png", ""]],
    load: () => import("./commands/screen-read.ts"),
  },
  {
    name: "screen learn",
    summary: "learn a font from a picture whose text is known",
    arguments: [
      { name: "picture", summary: "an undamaged PNG", values: "files" },
      { name: "text", summary: "what it shows, every row of the screen from its top", values: "files" },
    ],
    options: [{ flags: "--name <name>", summary: "what to call the font (default: as the picture)" }],
    details: ["The font is kept in the estate's folder `fonts`."],
    load: () => import("./commands/screen-learn.ts"),
  },
  {
    name: "completion",
    summary: "print the completion script of a shell",
    arguments: [{ name: "shell", summary: "which shell", values: ["bash", "zsh", "fish"] }],
    examples: [
      ['eval "$(rackhand completion bash)"', "in ~/.bashrc"],
      ['eval "$(rackhand completion zsh)"', "in ~/.zshrc, after compinit"],
      ["rackhand completion fish | source", "in ~/.config/fish/config.fish"],
    ],
    load: () => import("./commands/completion.ts"),
  },
];

/** What the groups of two-word commands are for. */
export const groups: Readonly<Record<string, string>> = {
  machines: "the machines of the estate",
  bmc: "a machine's management controller itself",
  runs: "what was and is being done",
  schedule: "regular jobs",
  screen: "pictures of consoles as text",
  lab: "a simulated fleet to try everything on",
};
