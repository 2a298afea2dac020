import type { CommandSpec, OptionSpec } from "./spec.ts";
import { controllerCommands } from "./table/controllers.ts";
import { ensuredCommands } from "./table/ensured.ts";
import { runsCommands } from "./table/runs.ts";
import { screenCommands } from "./table/screens.ts";
import { machine, why } from "./table/words.ts";

const bySite: OptionSpec = { flags: "--site <name>", summary: "all machines of a site", values: "sites" };
const byRole: OptionSpec = { flags: "--role <name>", summary: "all machines of a role", values: "roles" };
const all: OptionSpec = { flags: "--all", summary: "all machines of the estate" };

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
  ...ensuredCommands,
  ...runsCommands,
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
  ...screenCommands,
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
